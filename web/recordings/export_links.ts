/// <reference lib="dom" />
import { html } from "htm/preact";

const FORMATS = [
  ["csv", "CSV"],
  ["parquet", "Parquet"],
  ["arrow", "Arrow"],
  ["hdf5", "HDF5"],
  ["mcap", "MCAP"],
  ["jsonl", "JSON lines"],
] as const;

/** The formats in which a recording is saved, each as a link. */
export function ExportLinks({ id, name }: { id: string; name: string }) {
  return FORMATS.map(([format, title]) =>
    html`
      <a key=${format} download href=${`./recordings/${encodeURIComponent(id)}/data?format=${format}`}
        aria-label="${name} as ${title}">${title}</a>
    `
  );
}
