/**
 * Writes a part of a recording to stdout, in one of the formats. A process of the daemon's for each export: reading the disk
 * delays nothing else.
 *
 * @module
 */
import { exportLines } from "./export_lines.ts";

/** The text that is written at once. */
const WRITE_CHARS = 64 * 1024;

const encoder = new TextEncoder();

function write(bytes: Uint8Array): void {
  for (let rest = bytes; rest.length > 0;) rest = rest.subarray(Deno.stdout.writeSync(rest));
}

function writeLines(lines: Iterable<string>): void {
  let text = "";
  for (const line of lines) {
    text += line;
    if (text.length < WRITE_CHARS) continue;
    write(encoder.encode(text));
    text = "";
  }
  write(encoder.encode(text));
}

try {
  writeLines(exportLines(JSON.parse(Deno.args[0])));
} catch (error) {
  // The reader is gone.
  if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
}
