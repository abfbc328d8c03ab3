/**
 * The URL of a path below the daemon's address. Each segment is encoded, so that an id may hold any character.
 * A base with a path of its own, as behind a proxy, keeps it.
 *
 * @throws {TypeError} if the base is not an http address, or a segment cannot be part of a URL.
 *
 * @example
 * ```ts
 * import { endpoint } from "./endpoint.ts";
 *
 * const url = endpoint("http://127.0.0.1:5000", "devices", "laser 1/a");
 * console.assert(url.href === "http://127.0.0.1:5000/devices/laser%201%2Fa");
 * ```
 */
export function endpoint(baseUrl: string, ...segments: string[]): URL {
  const base = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  // "localhost:5000" parses too, as a URL of the scheme "localhost".
  if (base?.protocol !== "http:" && base?.protocol !== "https:") {
    throw new TypeError(
      `Cannot use "${baseUrl}" as the daemon's address: expected a URL such as "http://127.0.0.1:5000"`,
    );
  }
  return new URL(`${base.origin}${base.pathname.replace(/\/+$/, "")}/${segments.map(encodeSegment).join("/")}`);
}

function encodeSegment(segment: string): string {
  // URLs resolve dot segments even when they are percent-encoded: removing the device ".." would ask for "DELETE /".
  if (segment === "" || segment === "." || segment === "..") {
    throw new TypeError(`Cannot address "${segment}" on the daemon: it must not be empty, "." or ".."`);
  }
  return encodeURIComponent(segment);
}
