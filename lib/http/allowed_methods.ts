import type { Hono } from "hono";

/** The methods of the routes at a path. */
export function allowedMethods(app: Hono, path: string): string[] {
  const methods = app.routes
    .filter((route) => route.method !== "ALL" && matches(route.path, path))
    .map(({ method }) => method);
  return [...new Set(methods)];
}

function matches(pattern: string, path: string): boolean {
  const expected = pattern.split("/");
  const found = path.split("/");
  return expected.length === found.length &&
    expected.every((part, i) => part.startsWith(":") ? found[i] !== "" : part === found[i]);
}
