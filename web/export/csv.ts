import { csvRow } from "../../lib/format/csv.ts";
import type { PlotGap } from "../stream/gaps.ts";
import { timestampOf } from "../stream/timestamps.ts";
import type { Trace, Word } from "../stream/trace.ts";
import { stepText } from "../../lib/format/elapsed.ts";
import type { ClockStep, SeenWaveform } from "../stream/picture.ts";
import type { TimeRange } from "../stream/view.ts";
import { timestampIn, type Zone } from "../words/times.ts";
import { gapText } from "../stream/gap_words.ts";

/** A channel with the head of its column. */
export interface NamedChannel {
  name: string;
  unit: string;
  /** The values of a formula, from this place of the trace on. */
  values?: { ys: ArrayLike<number>; from: number };
}

/** The part of one device in the table. */
export interface Sheet {
  deviceId: string;
  trace: Trace;
  channels: NamedChannel[];
  gaps: readonly PlotGap[];
  /** The steps of the daemon's clock; none by default. */
  steps?: readonly ClockStep[];
}

/** A finished table. */
export interface Table {
  text: string;
  rows: number;
  /** The number of samples between the rows that thinning left out. */
  skipped: number;
}

interface Row {
  time: number;
  cells: Word[];
}

const FIRST = ["device_id", "sequence", "timestamp", "lost", "skipped"];
const LAST = "note";
const FIRST_OF_WAVEFORM = ["device_id", "sequence", "timestamp", "index"];

/**
 * The samples on the plots within a time range as CSV, one row for each: `device_id, sequence, timestamp, lost,
 * skipped`, then a column for each channel and formula with its unit, and `note`.
 *
 * - No two columns have one name: that of a channel called `timestamp` is `payload.timestamp`.
 * - `lost` is the number of samples that were lost right before this one; empty if it is unknown, 0 without a gap.
 * - `skipped` is the number of samples that were left out for drawing right before this one.
 * - `note` is a remark on the row, or empty.
 * - A gap without a sample after it has a row of its own at the end, without a sequence.
 * - What is missing is an empty cell; an empty text is `""`. Numbers are written in full, and texts as the page has them: a
 *   long one is cut short, and then ends with `…`.
 * - Times are in `zone`, with its offset from UTC.
 * - Quoted as in RFC 4180. A text that a spreadsheet would take for a formula has `'` before it.
 */
export function toCsv(sheets: readonly Sheet[], { from, to }: TimeRange, zone: Zone = "UTC"): Table {
  const channels = sheets.flatMap(({ channels }) => channels);
  const headingOf = headings(channels, [...FIRST, LAST]);
  const columns = new Map(Array.from(new Set(channels.map(headingOf)), (heading, i) => [heading, FIRST.length + i]));
  const placeOf = (channel: NamedChannel) => columns.get(headingOf(channel))!;
  const width = FIRST.length + columns.size;
  const notes = new Map<Row, string>();
  const rows = sheets.flatMap((sheet) => rowsOf(sheet, { from, to }, { placeOf, width, notes, zone }));
  rows.sort((a, b) => a.time - b.time);
  const skipped = rows.reduce((sum, { cells }) => sum + Number(cells[4]), 0);
  if (skipped > 0 && rows.length) {
    notes.set(rows[0], [thinnedNote(skipped), notes.get(rows[0])].filter(Boolean).join("; "));
  }

  const lines = [line([...FIRST, ...columns.keys(), LAST])];
  for (const row of rows) lines.push(line([...row.cells, notes.get(row) ?? null]));
  return { text: lines.join(""), rows: rows.length, skipped };
}

/** Waveforms as CSV, with a row for each of their numbers. */
export function waveformsToCsv(
  deviceId: string,
  channel: NamedChannel,
  waveforms: readonly SeenWaveform[],
  zone: Zone = "UTC",
): string {
  const lines = [line([...FIRST_OF_WAVEFORM, headings([channel], FIRST_OF_WAVEFORM)(channel)])];
  for (const { time, sequence, values } of waveforms) {
    const timestamp = timestampIn(timestampOf(time), zone);
    values.forEach((value, index) => lines.push(line([deviceId, sequence, timestamp, index, orNull(value)])));
  }
  return lines.join("");
}

function rowsOf(
  { deviceId, trace, channels, gaps, steps = [] }: Sheet,
  { from, to }: TimeRange,
  { placeOf, width, notes, zone }: {
    placeOf: (channel: NamedChannel) => number;
    width: number;
    notes: Map<Row, string>;
    zone: Zone;
  },
): Row[] {
  const rows: Row[] = [];
  const sources = channels.map((channel) => ({
    values: channel.values ? undefined : trace.columns.get(channel.name),
    words: channel.values ? undefined : trace.words.get(channel.name),
    computed: channel.values,
    at: placeOf(channel),
  }));
  const found = Map.groupBy(gaps.filter(({ isStale }) => !isStale), (gap) => gap.to);
  const written = (time: number) => timestampIn(timestampOf(time), zone);
  const empty = () => Array.from({ length: width }, (): Word => null);
  for (let i = trace.find(from); i < trace.to && trace.times[i] <= to; i++) {
    const time = trace.times[i];
    const before = (trace.joined[i] ? undefined : found.get(time)) ?? [];
    const cells = empty();
    cells.splice(0, 5, deviceId, trace.sequences[i], written(trace.stamps[i]), lostIn(before), trace.skipped[i]);
    for (const { values, words, computed, at } of sources) {
      cells[at] = orNull(words?.[i] ?? values?.[i] ?? computed?.ys[i - computed.from]);
    }
    const row = { time, cells };
    const step = trace.joined[i] ? undefined : steps.find(({ to }) => to === time);
    const remarks = [...before.map(gapText), ...step ? [`the daemon's clock was set ${stepText(step.step)}`] : []];
    if (remarks.length) notes.set(row, remarks.join("; "));
    rows.push(row);
  }
  for (const gap of found.get(undefined) ?? []) {
    const time = gap.from;
    if (time === undefined || time < from || time > to) continue;
    const cells = empty();
    cells.splice(0, 5, deviceId, null, written(time), gap.lost, 0);
    const row = { time, cells };
    notes.set(row, gapText(gap));
    rows.push(row);
  }
  return rows;
}

function lostIn(gaps: PlotGap[]): number | null {
  // Samples that the page did not watch count as skipped: the daemon had them.
  const lost = gaps.filter(({ reason }) => reason !== "unwatched").map((gap) => gap.lost);
  return lost.includes(null) ? null : lost.reduce((sum: number, n) => sum + n!, 0);
}

function thinnedNote(skipped: number): string {
  return `not all samples: ${skipped} more came between these; ` +
    "all of them come with /stream/devices/{id} or the command ctl tail";
}

/** The heading of each channel, distinct from the names that are taken. */
function headings(channels: readonly NamedChannel[], taken: readonly string[]): (channel: NamedChannel) => string {
  const names = new Set(channels.map(({ name }) => name));
  return ({ name, unit }) => {
    let free = name;
    if (taken.includes(name)) { do free = `payload.${free}`; while (names.has(free)); }
    return unit ? `${free} [${unit}]` : free;
  };
}

function orNull(value: Word | undefined): Word {
  return value === undefined || Number.isNaN(value) ? null : value;
}

function line(cells: readonly Word[]): string {
  return csvRow(cells);
}
