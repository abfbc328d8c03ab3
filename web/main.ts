/// <reference lib="dom" />
import { html, render } from "htm/preact";
import { App } from "./app.ts";
import { watchBench } from "./bench/bench.ts";
import { leadTabs } from "./tabs/stream_for_others.ts";
import { readSession } from "./session/session.ts";

readSession().then(watchBench);
leadTabs();
render(html`<${App} />`, document.body);
