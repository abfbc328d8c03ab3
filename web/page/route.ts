/// <reference lib="dom" />
import { signal } from "@preact/signals";

/** Where the person is on the page. It stands in the address, so that a view can be bookmarked, shared and left by "back". */
export interface Route {
  /** The parts of the path behind `#/`: `["devices", "daq1"]`. */
  path: string[];
  query: URLSearchParams;
}

/** The route that the address names now. */
export const route = signal<Route>(read());

addEventListener("hashchange", () => route.value = read());

function read(): Route {
  const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
  return { path: path.split("/").filter(Boolean).map(decode), query: new URLSearchParams(query) };
}

/** A part that somebody typed, with a lone `%` perhaps, is taken as it stands. */
function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The address of a place on the page: `href(["devices", "daq1"])` is `#/devices/daq1`. */
export function href(path: string[], query?: Record<string, string>): string {
  const search = query ? new URLSearchParams(query).toString() : "";
  return `#/${path.map(encodeURIComponent).join("/")}${search && `?${search}`}`;
}
