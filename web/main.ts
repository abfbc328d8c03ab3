/// <reference lib="dom" />
import { html, render } from "htm/preact";
import { Dashboard } from "./dashboard.ts";
import { watchBench } from "./bench/bench.ts";
import { leadTabs } from "./tabs/stream_for_others.ts";
import { keepSteady } from "./page/steady.ts";
import { readSession } from "./session/session.ts";

readSession().then(watchBench);
leadTabs();
keepSteady();
render(html`<${Dashboard} />`, document.body);
