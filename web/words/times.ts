/** Times as text, in the time zone that the person chose. The daemon's times are in UTC. */
import { signal } from "@preact/signals";

/** The time zones of the page. */
export type Zone = "local" | "UTC";

const KEY = "labdaemon.zone";

/** The zone of all times of the page, and of the tables that it saves. */
export const zone = signal<Zone>(storedZone());

/** Chooses the zone, also for the next visit. */
export function chooseZone(chosen: Zone): void {
  zone.value = chosen;
  try {
    localStorage.setItem(KEY, chosen);
  } catch {
    // A browser that keeps nothing: it is chosen until the page is closed.
  }
}

function storedZone(): Zone {
  try {
    return localStorage.getItem(KEY) === "UTC" ? "UTC" : "local";
  } catch {
    return "local";
  }
}

/** The offset of a zone from UTC at a time. Both in seconds; positive in the east. */
export function offsetAt(seconds: number, of: Zone = zone.value): number {
  return of === "UTC" ? 0 : -60 * new Date(seconds * 1000).getTimezoneOffset();
}

/** The name of an offset: `UTC+01:00`. */
export function offsetName(offset: number): string {
  return `UTC${offset === 0 ? "" : offsetText(offset)}`;
}

function offsetText(offset: number): string {
  const minutes = Math.round(Math.abs(offset) / 60);
  const two = (n: number) => String(n).padStart(2, "0");
  return `${offset < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** A time as `2026-11-26 08:00:00`. */
export function dateAndTime(ms: number): string {
  const local = new Date(ms + 1000 * offsetAt(ms / 1000));
  return Number.isNaN(local.getTime()) ? "–" : local.toISOString().slice(0, 19).replace("T", " ");
}

/** A timestamp of the daemon in a zone, to the microsecond: `2026-11-26T08:00:00.000000+01:00`, or with `Z` for UTC. */
export function timestampIn(timestamp: string, of: Zone): string {
  if (of === "UTC") return timestamp;
  const ms = Date.parse(timestamp);
  const offset = offsetAt(ms / 1000, of);
  const second = new Date(ms + 1000 * offset).toISOString().slice(0, 19);
  return `${second}${timestamp.slice(19, -1)}${offsetText(offset)}`;
}
