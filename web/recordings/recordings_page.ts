/// <reference lib="dom" />
import { html } from "htm/preact";
import { useEffect, useState } from "preact/hooks";
import type { RecordingsAnswer, RecordingStatus } from "../../lib/client/mod.ts";
import { messageOf } from "../../lib/errors.ts";
import { api } from "../bench/bench.ts";
import type { MaybeUnanswered } from "../bench/fleet.ts";
import { Unanswered } from "../fleet/unanswered.ts";
import { listRecordings } from "../runs/known_recordings.ts";
import { DeleteDialog } from "./delete_dialog.ts";
import { RecordForm } from "./record_form.ts";
import { isFound } from "./find_recording.ts";
import { RestoreDialog } from "./restore_dialog.ts";
import { RecordingRow } from "./recording_row.ts";
import { count } from "../words/quantities.ts";

/** The period in which the stored sizes are read. */
const PERIOD_MS = 1_000;

/** The recordings on the daemon's disk: started, stopped, exported and deleted here. */
export function RecordingsPage() {
  const [answer, setAnswer] = useState<RecordingsAnswer & MaybeUnanswered | undefined>(undefined);
  const [failure, setFailure] = useState("");
  const [search, setSearch] = useState("");
  const [toDelete, setToDelete] = useState<RecordingStatus | undefined>(undefined);

  const [toRestore, setToRestore] = useState<RecordingStatus | undefined>(undefined);

  const look = async () => setAnswer(await listRecordings());
  const act = async (work: () => Promise<unknown>) => {
    setFailure("");
    try {
      await work();
      await look();
    } catch (error) {
      setFailure(messageOf(error));
    }
  };

  useEffect(() => {
    void act(look);
    // While the daemon does not answer, the banner says so.
    const timer = setInterval(() => document.hidden || look().catch(() => {}), PERIOD_MS);
    return () => clearInterval(timer);
  }, []);

  const recordings = answer?.recordings.toReversed() ?? [];
  const found = recordings.filter((it) => isFound(it, search));
  const storage = answer?.storage;
  return html`
    <h1>Recordings</h1>
    <${RecordForm} onRecord=${(name: string, devices: string[], note: string) =>
      act(() => api.startRecording(name, { devices, ...note && { note } }))} />
    <p class="bad" role="alert">${failure}</p>
    ${storage?.reason && html`<p class="bad" role="alert">Nothing is stored now: ${storage.reason}</p>`}
    ${storage?.state === "low" && html`<p class="bad" role="alert">The disk of the recordings is almost full.</p>`}
    <${Unanswered} answer=${answer} />
    ${answer && recordings.length === 0 && !answer.unanswered?.length && html`<p>There is no recording yet.</p>`}
    ${recordings.length > 1 && html`
      <p class="row">
        <label class="row">Find <input type="search" value=${search} placeholder="name, day, device or note"
          onInput=${(event: Event & { currentTarget: HTMLInputElement }) =>
            setSearch(event.currentTarget.value)} /></label>
        <span role="status" class="soft">${search && count(found.length, "recording")}</span>
      </p>
    `}
    ${found.length > 0 && html`
      <div class="scrolled">
        <table class="listing recordings">
          <thead>
            <tr>
            ${["Name", "State", "From", "Devices", "Samples", "Lost", "MiB", "Save as", "Actions"].map((it) =>
              html`<th scope="col">${it}</th>`
            )}
          </tr>
          </thead>
          <tbody>
          ${found.map((it) =>
            html`
              <${RecordingRow} key=${it.recording_id} recording=${it}
                onStop=${() => act(() => api.stopRecording(it.recording_id))} onRestore=${() => setToRestore(it)}
                onDelete=${() => setToDelete(it)} />
            `
          )}
        </tbody>
        </table>
      </div>
    `}
    ${toRestore && html`<${RestoreDialog} recording=${toRestore} onClose=${() => setToRestore(undefined)} />`}
    ${toDelete && html`
      <${DeleteDialog} recording=${toDelete} onClose=${() => setToDelete(undefined)} onDelete=${() => {
        setToDelete(undefined);
        void act(() => api.deleteRecording(toDelete.recording_id));
      }} />
    `}
  `;
}
