import type { RecordingStatus } from "../../lib/client/mod.ts";
import { dateAndTime } from "../words/times.ts";

/**
 * True if the text of a search occurs in a recording's name, in its beginning as the page shows it, in its devices or
 * in its notes.
 */
export function isFound(
  { name, started_at, contents, notes }: Pick<RecordingStatus, "name" | "started_at" | "contents" | "notes">,
  search: string,
): boolean {
  const words = [name, dateAndTime(Date.parse(started_at))];
  for (const { device_id } of contents) words.push(device_id);
  for (const { text } of notes) words.push(text);
  return words.join("\n").toLowerCase().includes(search.trim().toLowerCase());
}
