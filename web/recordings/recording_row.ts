/// <reference lib="dom" />
import { html } from "htm/preact";
import type { RecordingStatus } from "../../lib/client/mod.ts";
import { hasAdminScope } from "../session/session.ts";
import { href } from "../page/route.ts";
import { dateAndTime } from "../words/times.ts";
import { ExportLinks } from "./export_links.ts";

/** One recording: its content, and the actions on it. */
export function RecordingRow({ recording, onStop, onRestore, onDelete }: {
  recording: RecordingStatus;
  onStop(): void;
  onRestore(): void;
  onDelete(): void;
}) {
  const { recording_id: id, name, state, started_at, contents, notes, broken } = recording;
  const sum = (of: "samples" | "lost" | "bytes") => contents.reduce((total, it) => total + it[of], 0);
  return html`
    <tr>
      <th scope="row">
        ${contents.length > 0 ? html`<a href=${href(["recordings", id])}>${name}</a>` : name}
        ${notes.map(({ at, text }) => html`<small key=${at} class="soft"> ${text}</small>`)}
        ${broken.length > 0 && html`<small class="bad"> ${broken.length} damaged files were set aside</small>`}
      </th>
      <td class=${state === "paused" ? "bad" : ""}>${state}</td>
      <td>${dateAndTime(Date.parse(started_at))}</td>
      <td>${contents.map(({ device_id }) => device_id).join(", ")}</td>
      <td>${sum("samples")}</td>
      <td>${sum("lost")}</td>
      <td>${(sum("bytes") / 1024 ** 2).toFixed(1)}</td>
      <td>
        <${ExportLinks} id=${id} name=${name} />
      </td>
      <td>
        ${contents.length > 0 && html`
          <a href=${href(["recordings", id])} aria-label="Plot ${name}">Plot</a>${" "}
          <a href=${href(["plots"], { devices: contents.map(({ device_id }) => device_id).join(","), with: id })}
            aria-label="Compare ${name} with what is measured now">Compare</a>${" "}
          <button onClick=${onRestore} aria-label="Restore the bench as in ${name}">Restore…</button>${" "}
        `}
        ${state === "stopped"
          ? hasAdminScope.value && html`<button onClick=${onDelete} aria-label="Delete ${name}">Delete…</button>`
          : html`<button onClick=${onStop} aria-label="Stop ${name}">Stop</button>`}
      </td>
    </tr>
  `;
}
