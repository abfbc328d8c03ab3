/// <reference lib="dom" />
import { html } from "htm/preact";
import { useEffect } from "preact/hooks";
import { loadRecordings, recordings } from "../runs/known_recordings.ts";
import { dateAndTime } from "../words/times.ts";

/** The control for the id of a recording: a list of those that there are, the newest first. */
export function RecordingChoice({ text, props }: { text: string; props: Record<string, unknown> }) {
  useEffect(() => {
    // Without a list the id can be typed, and the daemon says what is wrong with it.
    loadRecordings().catch(() => {});
  }, []);
  const all = recordings.value.toReversed();
  if (all.length === 0) return html`<input type="text" ...${props} value=${text} autocomplete="off" />`;
  return html`
    <select ...${props} value=${text}>
      <option value="" selected=${text === ""}>not given</option>
      ${all.map(({ recording_id: id, started_at, contents }) =>
        html`
          <option value=${id} selected=${id === text}>${id}: ${contents.map(({ device_id }) => device_id).join(", ") ||
            "empty"}, ${dateAndTime(Date.parse(started_at))}</option>
        `
      )}
      ${text !== "" && !all.some(({ recording_id: id }) => id === text) &&
        html`<option value=${text} selected>${text} (not there any more)</option>`}
    </select>
  `;
}
