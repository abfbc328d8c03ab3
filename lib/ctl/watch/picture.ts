import { clockTime } from "../clock_time.ts";
import { colourOf, type Paint } from "../paint.ts";
import { sparkline } from "../sparkline.ts";
import { cut } from "../table.ts";
import type { Board, DeviceView } from "./board.ts";

/** A device is told to be silent after so many of its periods, but not before so many ms. */
const SILENT_PERIODS = 3;
const SILENT_MS = 2_000;

/** What a picture is made of besides the board. */
export interface Frame {
  url: string;
  /** How many samples a second are asked for. */
  maxRate: number;
  /** The unit of a device's channel. */
  unit: (id: string, channel: string) => string | undefined;
  paint: Paint;
  size: { columns: number; rows: number };
}

/** The board as lines that fit on the screen. */
export function picture(board: Board, { url, maxRate, unit, paint, size }: Frame): string[] {
  const { devices, news, loss } = board;
  const count = devices.size === 1 ? "1 device" : `${devices.size} devices`;
  const what = loss ? `no connection for ${seconds(loss.since)} s: ${loss.text}` : count;
  const head = paint(cut(`${url}  ${clockTime(Date.now())}  ${what}`, size.columns), loss ? "red" : "bold");
  const tail = news.map(({ time, text }) => paint(cut(`${clockTime(time)}  ${text}`, size.columns), "yellow"));
  // A line is left for the prompt. Every device has its share of the others.
  const room = size.rows - 2 - tail.length;
  const share = shareOf(room - devices.size, [...devices.values()].map(({ channels }) => channels.size));
  const width = Math.max(0, ...devices.keys().map((id) => id.length));
  const body = [...devices].flatMap(([id, view]) => [
    deviceLine(id.padEnd(width), view, { maxRate, paint, columns: size.columns, share }),
    ...channelLines(view, (name) => unit(id, name), paint, size.columns).slice(0, share),
  ]);
  return [head, ...body.slice(0, Math.max(1, room)), ...tail];
}

/** How many lines each may have, so that they fit together: what one does not need is the others'. */
function shareOf(room: number, wanted: number[]): number {
  let share = 0;
  while (share < Math.max(...wanted) && wanted.reduce((sum, each) => sum + Math.min(each, share + 1), 0) <= room) {
    share++;
  }
  return share;
}

/** The board's devices, a line for each, for a file or a pipe. */
export function plainLines(board: Board, { maxRate, unit }: Pick<Frame, "maxRate" | "unit">): string[] {
  return [...board.devices].map(([id, view]) => {
    const isAlive = view.state === "streaming";
    const values = [...isAlive ? view.channels : []].slice(0, 5).map(([name, { text }]) =>
      `${name} ${text}${unitOf(unit(id, name))}`
    );
    return [clockTime(Date.now()), id, view.state, ...factsOf(view, maxRate), ...values, ...failureOf(view)].join("  ");
  });
}

/** What there is besides the device to make its line. */
interface Line {
  maxRate: number;
  paint: Paint;
  columns: number;
  /** How many of its values are shown. */
  share: number;
}

function deviceLine(id: string, view: DeviceView, { maxRate, paint, columns, share }: Line): string {
  const hidden = view.channels.size - share;
  const more = hidden > 0 ? [`${hidden} more values`] : [];
  const facts = [...factsOf(view, maxRate), ...more, ...failureOf(view)].join("  ");
  const rest = columns - id.length - view.state.length - 4;
  return `${paint(id, "bold")}  ${paint(view.state, colourOf(view.state))}  ${paint(cut(facts, Math.max(0, rest)))}`;
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
      Date.now() - arrived > Math.max(SILENT_MS, SILENT_PERIODS * 1000 / Math.min(rate ?? Infinity, maxRate));
    if (isSilent) facts.push(`silent for ${seconds(arrived)} s`);
  }
  return facts;
}

function channelLines(
  { channels, state }: DeviceView,
  unit: (name: string) => string | undefined,
  paint: Paint,
  columns: number,
) {
  const rows = [...channels].map(([name, { text, points }]) => ({ name, text: text + unitOf(unit(name)), points }));
  const [names, texts] = [rows.map(({ name }) => name.length), rows.map(({ text }) => text.length)];
  const [nameWidth, textWidth] = [Math.min(30, Math.max(...names)), Math.min(30, Math.max(...texts))];
  return rows.map(({ name, text, points }) => {
    const label = `  ${cut(name, nameWidth).padEnd(nameWidth)}  ${cut(text, textWidth).padEnd(textWidth)}  `;
    const bars = sparkline(points, Math.max(0, Math.min(60, columns - label.length)));
    // The last values of a device that is not well are only that.
    const isAlive = state === "streaming";
    return paint(cut(label, columns), isAlive ? undefined : "gray") + paint(bars, isAlive ? "cyan" : "gray");
  });
}

function unitOf(unit: string | undefined): string {
  return unit ? ` ${unit}` : "";
}

function seconds(since: number): number {
  return Math.round((Date.now() - since) / 1000);
}
