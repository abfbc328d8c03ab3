/// <reference lib="dom" />
import { html } from "htm/preact";
import { useEffect, useState } from "preact/hooks";
import { messageOf } from "../../lib/errors.ts";
import { api, daemonNow } from "../bench/bench.ts";
import { href } from "../page/route.ts";
import { Plots } from "../plots/plots.ts";
import type { RecordedRun } from "../stream/page_past.ts";
import { dateAndTime } from "../words/times.ts";
import { runOf } from "../runs/run_of.ts";
import { ExportLinks } from "./export_links.ts";

/** The plots of a recording, with another recording over them, if the address names it. */
export function RunPlots({ id, withId }: { id: string; withId?: string }) {
  const [run, setRun] = useState<RecordedRun | undefined>(undefined);
  const [failure, setFailure] = useState("");
  useEffect(() => {
    api.getRecording(id).then(
      (found) => setRun(runOf(found, daemonNow() / 1000)),
      (error) => setFailure(messageOf(error)),
    );
  }, [id]);
  return html`
    <p class="back"><a href=${href(["recordings"])}>All recordings</a></p>
    <h1>${run?.name ?? id}</h1>
    ${failure ? html`<p class="bad" role="alert">${failure}</p>` : !run && html`<p>Loading…</p>`}
    ${run && html`
      <p class="soft">Recorded from ${dateAndTime(run.from * 1000)} to ${dateAndTime(run.to * 1000)}</p>
      <p class="row">Save as <${ExportLinks} id=${id} name=${run.name} /></p>
      ${run.deviceIds.length === 0 && html`<p>It has no samples.</p>`}
      <${Plots} deviceIds=${run.deviceIds} run=${run} withId=${withId} />
    `}
  `;
}
