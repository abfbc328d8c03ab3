import type { Mark } from "../../chart/draw_marks.ts";
import type { Drawing } from "../../chart/drawing.ts";
import type { Line } from "../../chart/pen.ts";
import { before, type DevicePast, firstNotBefore, seam } from "../../stream/past.ts";
import type { Feed } from "../../stream/feed.ts";
import type { Overlay } from "../../stream/page_past.ts";
import type { PlotSession } from "../../stream/plot_session.ts";
import type { Trace } from "../../stream/trace.ts";
import type { TimeRange } from "../../stream/view.ts";
import type { Band } from "../../chart/draw_bands.ts";
import { notesOn } from "../../runs/known_recordings.ts";
import { bandsOf } from "./bands.ts";
import { marksOf } from "./marks_of.ts";
import { pastBands } from "./past_bands.ts";
import { wordOf } from "../../stream/state_word.ts";
import type { Plot } from "./plots_of.ts";

/** The lines, marks and bands of a plot: the page's own samples, and the past before them, joined without a seam. */
export function drawingOf(
  session: PlotSession,
  feed: Feed,
  plot: Plot,
  range: TimeRange,
): Pick<Drawing, "lines" | "marks" | "bands"> {
  const { trace } = session.picture(feed);
  const [first, last] = placesIn(trace, range);
  const overlay = session.past.overlay.value;
  const overlaid = overlay && session.past.overlaid(feed);
  return {
    lines: [
      ...plot.names.map((name) => channelLines(session, feed, name, range)),
      ...plot.names.map((name) => overlay && overlaid ? overlayLines(overlaid, overlay, name) : []),
    ],
    marks: plot.names.map((name) => [...pastMarks(session, feed, name), ...marksOf(trace, name, first, last)]),
    bands: bandsOfDevice(session, feed, range),
  };
}

/** One channel in a time range, in parts: the earliest first. */
export function channelLines(session: PlotSession, feed: Feed, name: string, range: TimeRange): Line[] {
  const detailed = session.past.detail(feed)?.lines.get(name);
  if (detailed) return [detailed];
  const { trace } = session.picture(feed);
  const past = session.past.missingPart(feed) && session.past.of(feed).past;
  return [...past ? pastLines(past, trace, name) : [], ...linesOf(trace, name, ...placesIn(trace, range))];
}

/** One channel in all samples that the page itself has. */
export function traceLines(session: PlotSession, feed: Feed, name: string): Line[] {
  const { trace } = session.picture(feed);
  return linesOf(trace, name, trace.from, trace.to);
}

/** The times of a device without a line, and the notes on it, in a time range. */
export function bandsOfDevice(session: PlotSession, feed: Feed, { from, to }: TimeRange): Band[] {
  const missing = session.past.missingPart(feed);
  const state = session.past.of(feed);
  const past = missing && state.past;
  return [
    ...missing && past ? bandsOf(past.history, missing, wordOf) : [],
    ...pastBands(state, missing),
    ...session.run ? [] : bandsOf(session.history(feed), { from: missing?.to ?? from, to }, wordOf),
    ...notesOn(feed.deviceId, session.run?.id)
      .filter(({ time }) => time >= from && time <= to)
      .map(({ time, text }): Band => ({ kind: "note", word: text, from: time, to: time })),
  ];
}

/** The places of a time range in a trace, with one more sample on either side: the line continues there. */
function placesIn(trace: Trace, { from, to }: TimeRange): [first: number, last: number] {
  return [Math.max(trace.from, trace.find(from) - 1), Math.min(trace.to, trace.find(to) + 1)];
}

/** A channel of a recording, moved in time. */
function overlayLines(past: DevicePast, { run, shift }: Overlay, name: string): Line[] {
  const line = past.lines.get(name);
  if (!line) return [];
  const [from, to] = [firstNotBefore(line.xs, run.from), firstNotBefore(line.xs, run.to)];
  return [{
    xs: line.xs.subarray(from, to).map((time) => time + shift),
    ys: line.ys.subarray(from, to),
    joined: line.joined.subarray(from, to),
  }];
}

/** The part of a channel's line in a trace. A picture that was halted does not have the channels that have come since. */
function linesOf(trace: Trace, name: string, first: number, last: number): Line[] {
  const ys = trace.columns.get(name)?.subarray(first, last);
  return ys ? [{ xs: trace.times.subarray(first, last), ys, joined: trace.joined.subarray(first, last) }] : [];
}

/** The values before the page's own samples that are no measurements. */
function pastMarks(session: PlotSession, feed: Feed, name: string): readonly Mark[] {
  const marks = session.past.missingPart(feed) && session.past.of(feed).past?.lines.get(name)?.marks;
  const { trace } = session.picture(feed);
  return (marks || []).filter(({ from }) => !trace.length || from < trace.times[trace.from]);
}

function pastLines(past: DevicePast, trace: Trace, name: string): Line[] {
  const line = past.lines.get(name);
  if (!line) return [];
  if (!trace.length) return [line];
  const start = trace.times[trace.from];
  const earlier = before(line, start);
  return [earlier, ...seam(earlier, start, trace.columns.get(name)?.[trace.from] ?? NaN)];
}
