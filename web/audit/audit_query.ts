import type { AuditQuery } from "../../lib/client/mod.ts";

/** The filters of the page, as its address has them. Times are local, as `2026-11-26T08:15`. */
export const FILTERS = ["who", "device", "action", "since", "until"] as const;

/** The query to the daemon for the filters of an address. A time that is none is left out. */
export function queryOf(filters: URLSearchParams): AuditQuery {
  const text = (key: (typeof FILTERS)[number]) => filters.get(key) || undefined;
  return {
    who: text("who"),
    device: text("device"),
    action: text("action"),
    since: timeOf(text("since"), 0),
    // The whole of the last minute.
    until: timeOf(text("until"), 59_999),
  };
}

function timeOf(local: string | undefined, moreMs: number): string | undefined {
  const ms = Date.parse(local ?? "") + moreMs;
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}
