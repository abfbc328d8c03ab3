/// <reference lib="dom" />
import { html } from "htm/preact";
import type { RecordingStatus } from "../../lib/client/mod.ts";
import { Dialog } from "../page/dialog.ts";

/** Asks for confirmation before a recording is deleted. */
export function DeleteDialog({ recording: { name, contents }, onDelete, onClose }: {
  recording: RecordingStatus;
  onDelete(): void;
  onClose(): void;
}) {
  const samples = contents.reduce((sum, it) => sum + it.samples, 0);
  return html`
    <${Dialog} title="Delete ${name}?" onClose=${onClose}>
      <p>Its ${samples} samples are deleted from the disk, and cannot be brought back.</p>
      <div class="row">
        <button class="danger" onClick=${onDelete}>Delete ${name}</button>
        <button onClick=${onClose}>Keep it</button>
      </div>
      <//>
  `;
}
