import type { Hole } from "./holes.ts";
import { timestampOf } from "./timestamps.ts";
import type { Trace } from "./trace.ts";
import type { SeenWaveform } from "./feed.ts";
import type { Stretch } from "./view.ts";
import { reasonOf } from "./hole_words.ts";

/** What to write of one device. */
export interface Sheet {
  deviceId: string;
  trace: Trace;
  channels: { name: string; unit: string }[];
  holes: readonly Hole[];
}

/** A finished table. */
export interface Table {
  text: string;
  rows: number;
  /** How many samples lie between the rows that the daemon was asked to leave out. */
  skipped: number;
}

interface Row {
  time: number;
  cells: (string | number | null)[];
}

/**
 * What is on the plots within a stretch of time, as CSV, one row for each sample: `device_id, sequence, timestamp, lost,
 * skipped`, then a column for each channel with its unit, and `note`.
 *
 * - `lost` is the number of samples that were lost right before this one; empty where nobody knows. It is 0 otherwise.
 * - `skipped` is the number of samples that were left out for drawing right before this one.
 * - `note` says in words what there is to say of a row, and is empty otherwise.
 * - A loss after which nothing came yet has a row of its own at the end, without a sequence.
 * - What is missing is an empty cell. Numbers are written in full.
 * - Quoted as RFC 4180 says. A text that a spreadsheet would take for a formula has `'` before it.
 */
export function toCsv(sheets: readonly Sheet[], { from, to }: Stretch): Table {
  const columns = new Map<string, number>();
  for (const { channels } of sheets) {
    for (const channel of channels) columns.set(headingOf(channel), columns.get(headingOf(channel)) ?? columns.size);
  }
  const notes = new Map<Row, string>();
  const rows = sheets.flatMap((sheet) => rowsOf(sheet, { from, to }, columns, notes));
  rows.sort((a, b) => a.time - b.time);
  const skipped = rows.reduce((sum, { cells }) => sum + Number(cells[4]), 0);
  if (skipped > 0 && rows.length) {
    notes.set(rows[0], [thinnedNote(skipped), notes.get(rows[0])].filter(Boolean).join("; "));
  }

  const lines = [line(["device_id", "sequence", "timestamp", "lost", "skipped", ...columns.keys(), "note"])];
  for (const row of rows) lines.push(line([...row.cells, notes.get(row) ?? null]));
  return { text: lines.join(""), rows: rows.length, skipped };
}

/** Waveforms as CSV, one row for each of their numbers. */
export function waveformsToCsv(
  deviceId: string,
  channel: { name: string; unit: string },
  waveforms: readonly SeenWaveform[],
): string {
  const lines = [line(["device_id", "sequence", "timestamp", "index", headingOf(channel)])];
  for (const { time, sequence, values } of waveforms) {
    const timestamp = timestampOf(time);
    values.forEach((value, index) => lines.push(line([deviceId, sequence, timestamp, index, orNull(value)])));
  }
  return lines.join("");
}

function rowsOf(
  { deviceId, trace, channels, holes }: Sheet,
  { from, to }: Stretch,
  columns: ReadonlyMap<string, number>,
  notes: Map<Row, string>,
): Row[] {
  const rows: Row[] = [];
  const sources = channels.map((channel) => ({
    values: trace.columns.get(channel.name),
    at: 5 + columns.get(headingOf(channel))!,
  }));
  const found = Map.groupBy(holes.filter(({ isBygone }) => !isBygone), (hole) => hole.to);
  const empty = () => Array.from({ length: 5 + columns.size }, (): Row["cells"][number] => null);
  for (let i = trace.find(from); i < trace.to && trace.times[i] <= to; i++) {
    const time = trace.times[i];
    const before = (trace.joined[i] ? undefined : found.get(time)) ?? [];
    const cells = empty();
    cells.splice(0, 5, deviceId, trace.sequences[i], timestampOf(time), lostIn(before), trace.skipped[i]);
    for (const { values, at } of sources) cells[at] = orNull(values?.[i]);
    const row = { time, cells };
    if (before.length) notes.set(row, before.map(reasonOf).join("; "));
    rows.push(row);
  }
  for (const hole of found.get(undefined) ?? []) {
    const time = hole.from;
    if (time === undefined || time < from || time > to) continue;
    const cells = empty();
    cells.splice(0, 5, deviceId, null, timestampOf(time), hole.lost, 0);
    const row = { time, cells };
    notes.set(row, reasonOf(hole));
    rows.push(row);
  }
  return rows;
}

function lostIn(holes: Hole[]): number | null {
  // The samples of an unwatched stretch are counted as skipped: the daemon had them.
  const lost = holes.filter(({ reason }) => reason !== "unwatched").map((hole) => hole.lost);
  return lost.includes(null) ? null : lost.reduce((sum: number, n) => sum + n!, 0);
}

function thinnedNote(skipped: number): string {
  return `not all samples: ${skipped} more lie between these, left out for drawing; ` +
    "all of them come with /stream/devices/{id} or the command ctl tail";
}

function headingOf({ name, unit }: { name: string; unit: string }): string {
  return unit ? `${name} [${unit}]` : name;
}

function orNull(value: number | undefined): number | null {
  return value === undefined || Number.isNaN(value) ? null : value;
}

function line(cells: readonly (string | number | null)[]): string {
  return `${cells.map(cell).join(",")}\n`;
}

function cell(value: string | number | null): string {
  if (typeof value !== "string") return value === null ? "" : String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
