/// <reference lib="dom" />
import { html, render } from "htm/preact";
import { App } from "./app.ts";
import { watchBench } from "./bench/bench.ts";
import { readSession } from "./session/session.ts";

readSession().then(watchBench);
render(html`<${App} />`, document.body);
