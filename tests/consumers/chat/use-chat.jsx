// The page of the Next example, alone.

import { createRoot } from "react-dom/client";
import Page from "../../../examples/next/app/page.js";

createRoot(document.body).render(<Page />);
