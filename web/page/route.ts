/// <reference lib="dom" />
import { signal } from "@preact/signals";

/** The open page. It is part of the address: a view can be bookmarked, shared and left by "back". */
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

/** A part that cannot be decoded, as with a single `%`, stays as it is. */
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
