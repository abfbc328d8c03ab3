import { clockTime } from "../../terminal/clock_time.ts";
import { UNNAMED } from "../../../format/channels.ts";
import { colourOf, type Paint } from "../../terminal/paint.ts";
import { sparkline } from "../../terminal/sparkline.ts";
import { cut } from "../../terminal/table.ts";
import type { Board, DeviceView } from "./board.ts";

/** A device is shown as silent after this many of its periods, and at the earliest after `SILENT_MS`. */
const SILENT_PERIODS = 3;
const SILENT_MS = 2_000;

/** The maximum width of the columns of names and values. */
const MAX_WIDTH = 30;

/** The parts of a picture besides the board. */
export interface PictureSettings {
  url: string;
  /** The number of samples a second that are requested of each device. */
  maxRate: number;
  /** The unit of a device's channel. */
  unit: (id: string, channel: string) => string | undefined;
  paint: Paint;
  size: { columns: number; rows: number };
}

/** The board as lines that fit on the screen. */
export function picture(board: Board, { url, maxRate, unit, paint, size }: PictureSettings): string[] {
  const { devices, messages, disconnected } = board;
  const count = numbered(devices.size, "device");
  const what = disconnected ? `no connection for ${secondsSince(disconnected.since)} s: ${disconnected.text}` : count;
  const head = paint(cut(`${url}  ${clockTime(Date.now())}  ${what}`, size.columns), disconnected ? "red" : "bold");
  const tail = messages.map(({ time, text }) => paint(cut(`${clockTime(time)}  ${text}`, size.columns), "yellow"));
  // One line is left for the prompt. The devices share the others.
  const room = Math.max(1, size.rows - 2 - tail.length);
  const shown = [...devices].slice(0, devices.size > room ? room - 1 : room);
  const share = shareOf(room - devices.size, shown.map(([, { channels }]) => channels.size));
  const width = Math.max(0, ...shown.map(([id]) => id.length));
  const body = shown.flatMap(([id, view]) => {
    const unitHere = (name: string) => unit(id, name);
    const line = deviceLine(id.padEnd(width), view, { maxRate, unit: unitHere, paint, columns: size.columns, share });
    return [line, ...channelLines(view, unitHere, paint, size.columns).slice(0, share)];
  });
  const hidden = devices.size - shown.length;
  if (hidden > 0) body.push(cut(`… ${numbered(hidden, "more device")}`, size.columns));
  return [head, ...body, ...tail];
}

/** The maximum number of channel lines of a device, such that all devices fit. */
function shareOf(room: number, wanted: number[]): number {
  let share = 0;
  while (share < Math.max(...wanted) && wanted.reduce((sum, each) => sum + Math.min(each, share + 1), 0) <= room) {
    share++;
  }
  return share;
}

/** One line for each device, for a file or a pipe. */
export function plainLines(board: Board, { maxRate, unit }: Pick<PictureSettings, "maxRate" | "unit">): string[] {
  return [...board.devices].map(([id, view]) => {
    const values = valuesOf(view, (name) => unit(id, name)).slice(0, 5).map(({ name, text }) => `${name} ${text}`);
    return [clockTime(Date.now()), id, view.state, ...factsOf(view, maxRate), ...values, ...failureOf(view)].join("  ")
      .trimEnd();
  });
}

/** The values of a device that streams. */
function valuesOf({ channels, state }: DeviceView, unit: (name: string) => string | undefined) {
  if (state !== "streaming") return [];
  return [...channels].map(([name, { text, width }]) => {
    const behind = unitOf(unit(name));
    return { name, text: (text + behind).padEnd(Math.min(width, MAX_WIDTH) + behind.length) };
  });
}

/** The parts of a device's line besides the device. */
interface Line {
  maxRate: number;
  unit: (name: string) => string | undefined;
  paint: Paint;
  columns: number;
  /** The number of values that get lines of their own. */
  share: number;
}

function deviceLine(id: string, view: DeviceView, { maxRate, unit, paint, columns, share }: Line): string {
  const rest = Math.max(0, columns - id.length - view.state.length - 4);
  const hidden = view.channels.size - share;
  const more = hidden > 0 ? [numbered(hidden, "more value")] : [];
  // The only value needs no name.
  const isAlone = view.channels.size === 1 && view.channels.has(UNNAMED);
  const values = valuesOf(view, unit).map(({ name, text }) => isAlone ? text : `${name} ${text}`);
  const facts = share > 0
    ? [...factsOf(view, maxRate), ...more]
    // The sample's values are more important than its number.
    : fitted(factsOf({ ...view, sequence: undefined }, maxRate), values, rest);
  const line = cut([...facts, ...failureOf(view)].join("  ").trimEnd(), rest);
  return `${paint(id, "bold")}  ${paint(view.state, colourOf(view.state))}  ${paint(line)}`;
}

/** The facts, with as many whole values as fit, and at least one. */
function fitted(facts: string[], values: string[], columns: number): string[] {
  for (let count = Math.min(values.length, columns); count > 0; count--) {
    const hidden = values.length - count;
    const shown = [...facts, ...values.slice(0, count), ...hidden > 0 ? [numbered(hidden, "more value")] : []];
    if (shown.join("  ").trimEnd().length <= columns) return shown;
  }
  return [...facts, ...values.slice(0, 1)];
}

function failureOf({ failure }: DeviceView): string[] {
  return failure ? [failure] : [];
}

function factsOf({ meter: { rate }, sequence, arrived, lost, state }: DeviceView, maxRate: number): string[] {
  const facts: string[] = [];
  if (rate !== undefined) facts.push(`${rate < 1000 ? rate.toPrecision(3) : Math.round(rate)} Hz`);
  if (sequence !== undefined) facts.push(`#${sequence}`);
  if (lost) facts.push(`lost ${lost}`);
  if (arrived !== undefined && state === "streaming") {
    const isSilent =
      performance.now() - arrived > Math.max(SILENT_MS, SILENT_PERIODS * 1000 / Math.min(rate ?? Infinity, maxRate));
    if (isSilent) facts.push(`silent for ${secondsSince(arrived)} s`);
  }
  return facts;
}

function channelLines(
  { channels, state }: DeviceView,
  unit: (name: string) => string | undefined,
  paint: Paint,
  columns: number,
) {
  const rows = [...channels].map(([name, { text, width, points }]) => {
    const behind = unitOf(unit(name));
    return { name, text: text + behind, width: width + behind.length, points };
  });
  const [names, widths] = [rows.map(({ name }) => name.length), rows.map(({ width }) => width)];
  const [nameWidth, textWidth] = [Math.min(MAX_WIDTH, Math.max(...names)), Math.min(MAX_WIDTH, Math.max(...widths))];
  return rows.map(({ name, text, points }) => {
    const label = `  ${cut(name, nameWidth).padEnd(nameWidth)}  ${cut(text, textWidth).padEnd(textWidth)}  `;
    const bars = sparkline(points, Math.max(0, Math.min(60, columns - label.length)));
    // The last values of a device that does not stream are old.
    const isLive = state === "streaming";
    return paint(cut(label, columns), isLive ? undefined : "gray") + paint(bars, isLive ? "cyan" : "gray");
  });
}

function numbered(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

function unitOf(unit: string | undefined): string {
  return unit ? ` ${unit}` : "";
}

function secondsSince(since: number): number {
  return Math.round((performance.now() - since) / 1000);
}
