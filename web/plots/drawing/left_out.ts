import type { Feed } from "../../stream/feed.ts";
import type { PlotSession } from "../../stream/plot_session.ts";

/** The samples between the drawn ones in the visible range; `undefined` if their number is not known. */
export function leftOutSamples(session: PlotSession, feed: Feed): number | undefined {
  const { from, to } = session.view.range;
  const { past } = session.past.of(feed);
  if (session.past.missingPart(feed) && past && !past.isFull) return undefined;
  const detail = session.past.detail(feed);
  if (detail) return detail.isFull ? 0 : undefined;
  const { trace } = session.picture(feed);
  let sum = 0;
  for (let i = trace.find(from); i < trace.to && trace.times[i] <= to; i++) sum += trace.skipped[i];
  return sum;
}

/** The time in the visible range from which the page has each sample of a device. */
export function wholeFrom(session: PlotSession, feed: Feed): number {
  const { from, to } = session.view.range;
  const detail = session.past.detail(feed);
  if (detail) return detail.isFull ? from : to;
  const { trace } = session.picture(feed);
  const isPastWhole = !session.past.missingPart(feed) || session.past.of(feed).past?.isFull;
  let last = trace.find(to);
  while (last > trace.from && trace.times[last - 1] >= from && !(trace.skipped[last - 1] > 0)) last--;
  if (last > trace.from && trace.times[last - 1] >= from) return trace.times[last - 1];
  return isPastWhole ? from : trace.length ? Math.max(from, trace.times[trace.from]) : to;
}
