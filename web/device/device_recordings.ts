/// <reference lib="dom" />
import { html } from "htm/preact";
import { useEffect } from "preact/hooks";
import { href } from "../page/route.ts";
import { loadRecordings, recordings } from "../runs/known_recordings.ts";
import { count } from "../words/quantities.ts";
import { dateAndTime } from "../words/times.ts";

/** The others are on the page of all recordings. */
const MAX_SHOWN = 5;

/** The newest recordings that have samples of a device. */
export function DeviceRecordings({ id }: { id: string }) {
  useEffect(() => {
    // While the daemon does not answer, the banner says so.
    void loadRecordings().catch(() => {});
  }, [id]);
  const found = recordings.value.flatMap((recording) => {
    const part = recording.contents.find(({ device_id }) => device_id === id);
    return part ? [{ recording, part }] : [];
  }).toReversed();
  return html`
    <section aria-labelledby="recordings">
      <div class="row"><h2 id="recordings">Recordings</h2> <a href=${href(["recordings"])}>All recordings</a></div>
      ${found.length === 0 && html`<p class="soft">No recording has samples of it.</p>`}
      <ul class="values">${found.slice(0, MAX_SHOWN).map(({ recording, part }) =>
        html`
          <li key=${recording.recording_id}><a href=${href(["recordings", recording.recording_id])}>${recording
            .name}</a>${" "}
            <span class="soft">${dateAndTime(Date.parse(recording.started_at))}, ${count(
              part.samples,
              "sample",
            )}${part.lost > 0 && `, ${part.lost.toLocaleString()} lost`}${recording.state === "recording" &&
              ", recording now"}</span></li>
        `
      )}</ul>
      ${found.length > MAX_SHOWN && html`<p class="soft">and ${found.length - MAX_SHOWN} older ones</p>`}
    </section>
  `;
}
