/// <reference lib="dom" />
import { html } from "htm/preact";
import { useId, useState } from "preact/hooks";
import type { RecordingStatus, RestoreAnswer } from "../../lib/client/mod.ts";
import { messageOf } from "../../lib/errors.ts";
import { api } from "../bench/bench.ts";
import { Dialog } from "../page/dialog.ts";
import { count } from "../words/quantities.ts";
import { shortJson } from "../words/short_json.ts";

/** Sets the bench as it was at a time of a recording. Shows the differences, and asks before it sets them. */
export function RestoreDialog({ recording, onClose }: { recording: RecordingStatus; onClose(): void }) {
  const { recording_id, name, started_at, ended_at } = recording;
  const id = useId();
  const [time, setTime] = useState(ended_at ?? started_at);
  const [found, setFound] = useState<RestoreAnswer | undefined>(undefined);
  const [isDone, setDone] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState("");

  const ask = async (dryRun: boolean) => {
    setBusy(true);
    setFailure("");
    try {
      setFound(await api.restoreRecording(recording_id, time, { dryRun }));
      setDone(!dryRun);
    } catch (error) {
      setFailure(messageOf(error));
    }
    setBusy(false);
  };
  const change = (event: Event) => {
    setTime((event.currentTarget as HTMLInputElement).value);
    setFound(undefined);
    setDone(false);
  };
  const differences = found?.changes.length ?? 0;
  return html`
    <${Dialog} title="Restore the bench as in ${name}" onClose=${onClose}>
      <p class="soft">${started_at} to ${ended_at ?? "now"}</p>
      <div class="row">
        <label for=${id}>Time</label>
        <input id=${id} size="30" value=${time} onInput=${change} />
        <button disabled=${isBusy} onClick=${() => ask(true)}>Show the differences</button>
      </div>
      <p class="bad" role="alert">${failure}</p>
      ${found && html`<${Differences} found=${found} isDone=${isDone} />`}
      <div class="row">
        ${differences > 0 && !isDone && html`
          <button class="danger" disabled=${isBusy} onClick=${() => ask(false)}>
            Set ${count(differences, "property", "properties")}
          </button>
        `}
        <button onClick=${onClose}>${isDone ? "Close" : "Leave the bench as it is"}</button>
      </div>
      <//>
  `;
}

function Differences({ found: { changes, skipped, warnings }, isDone }: { found: RestoreAnswer; isDone: boolean }) {
  const failed = skipped.filter(({ type }) => type !== "PropertyReadOnly");
  return html`
    <div role="status">
      ${changes.length === 0
        ? html`<p>${isDone ? "Nothing had to be set." : "Nothing differs that can be set."}</p>`
        : html`<p>${isDone ? "Was set:" : "Set these now?"}</p>`}
      <ul>
        ${changes.map(({ device_id, name, from, to }) =>
          html`<li>${device_id} ${name}: ${shortJson(from)} → ${shortJson(to)}</li>`
        )}
      </ul>
      ${failed.length > 0 && html`
        <p>Cannot be set:</p>
        <ul>${failed.map(({ why }) => html`<li>${why}</li>`)}</ul>
      `}
      ${warnings.map((text) => html`<p class="bad">${text}</p>`)}
    </div>
  `;
}
