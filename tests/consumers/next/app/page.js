"use client";

import { useEffect } from "react";
import { app } from "../../app.js";

export default function Page() {
  useEffect(() => void (globalThis.app = app));
  return null;
}
