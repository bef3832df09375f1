// An app of Angular's that runs in zones, whose promises are not the engine's.

import { Component, provideZoneChangeDetection } from "@angular/core";
import { bootstrapApplication } from "@angular/platform-browser";
import { app } from "../../app.js";

@Component({ selector: "app-root", template: "" })
class Root {}

bootstrapApplication(Root, { providers: [provideZoneChangeDetection()] }).then(() => Object.assign(globalThis, { app }));
