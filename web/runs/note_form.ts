/// <reference lib="dom" />
import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { messageOf } from "../../lib/errors.ts";
import { api } from "../bench/bench.ts";
import type { PlotSession } from "../stream/plot_session.ts";
import { loadRecordings, recordings } from "./known_recordings.ts";

/** Writes a note into the running recordings of the plotted devices. Their plots show the note at this moment. */
export function NoteForm({ session }: { session: PlotSession }) {
  const [status, setStatus] = useState("");
  const running = recordings.value.filter(({ state, contents }) =>
    state === "recording" && contents.some(({ device_id }) => session.feeds.has(device_id))
  );
  if (session.run || !running.length) return null;
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const text = String(new FormData(form).get("note")).trim();
    if (!text) return;
    try {
      for (const { recording_id } of running) await api.addRecordingNote(recording_id, text);
      form.reset();
      setStatus(`Noted in ${running.map(({ name }) => name).join(", ")}.`);
      await loadRecordings();
      session.change();
    } catch (error) {
      setStatus(messageOf(error));
    }
  };
  return html`
    <form class="row" onSubmit=${submit}>
      <label class="row">
        Note
        <input name="note" maxlength="10000" size="14" />
      </label>
      <button>Add note</button>
      <span class="soft" role="status">${status}</span>
    </form>
  `;
}
