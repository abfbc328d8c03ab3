/// <reference lib="dom" />
import { html } from "htm/preact";
import { useEffect, useState } from "preact/hooks";
import type { RecordingStatus } from "../../lib/client/mod.ts";
import { messageOf } from "../../lib/errors.ts";
import { daemonNow } from "../bench/bench.ts";
import type { PlotSession } from "../stream/plot_session.ts";
import { dateAndTime } from "../words/times.ts";
import { loadRecordings, recordings } from "./known_recordings.ts";
import { runOf, shiftFor } from "./run_of.ts";

/** Chooses the recording that is drawn over the plots. `withId` is the one to begin with. */
export function Compare({ session, withId }: { session: PlotSession; withId?: string }) {
  const all = recordings.value;
  const [failure, setFailure] = useState("");
  const overlay = session.past.overlay.value;
  const load = async () => {
    try {
      const found = await loadRecordings();
      setFailure("");
      // Their notes are drawn.
      session.change();
      return found;
    } catch (error) {
      // A daemon without recordings has none to compare with.
      if (withId !== undefined) setFailure(messageOf(error));
      return [];
    }
  };
  const choose = (id: string, of: readonly RecordingStatus[]) => {
    const found = of.find(({ recording_id }) => recording_id === id);
    if (id && !found) setFailure(`There is no recording ${id}.`);
    const run = found && runOf(found, daemonNow() / 1000);
    session.past.lay(run && { run, shift: shiftFor(run, placeOf(session)) });
  };
  useEffect(() => {
    void load().then((found) => withId !== undefined && choose(withId, found));
  }, [withId]);

  const some = all.filter(({ recording_id, contents }) =>
    recording_id !== session.run?.id && contents.some(({ device_id }) => session.feeds.has(device_id))
  );
  if (!some.length && !overlay && !failure) return null;
  return html`
    <label class="row">
      Compare with
      <select value=${overlay?.run.id ?? ""} onFocus=${load} onChange=${(event: Event) =>
        choose((event.target as HTMLSelectElement).value, all)}>
        <option value="">nothing</option>
        ${some.toReversed().map(({ recording_id: id, name, started_at }) =>
          html`<option key=${id} value=${id}>${name}, ${dateAndTime(Date.parse(started_at))}</option>`
        )}
      </select>
    </label>
    ${overlay && html`
      <span class="soft">paler lines, as if it had begun at ${dateAndTime(1000 * (overlay.run.from + overlay.shift))
        .slice(11)}</span>
      <button type="button" onClick=${() =>
        session.past.lay({
          ...overlay,
          shift: session.view.range.from - overlay.run.from,
        })}>Begin at the left edge</button>
    `}
    ${failure && html`<span class="bad" role="alert">${failure}</span>`}
  `;
}

function placeOf({ run, feeds, view }: PlotSession) {
  const since = [...feeds.values()].map(({ states }) => states.findLast(({ state }) => state === "streaming")?.time);
  return { run, streamingSince: since.find((it) => it !== undefined), left: view.range.from };
}
