import type { Document } from "./document.ts";

/** Each method and path, and what it is for. */
export function endpointsOf({ paths }: Document): Record<string, string> {
  const all = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { summary = "" }]) => [`${method.toUpperCase()} ${path}`, summary])
  );
  return Object.fromEntries(all);
}
