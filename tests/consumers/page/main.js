// Where the bundlers begin. Whoever loads their result calls `app`.

import { app } from "../app.js";

globalThis.app = app;
