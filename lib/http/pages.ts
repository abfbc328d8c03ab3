import { Hono } from "hono";
import { createHash } from "node:crypto";
import { stripTypeScriptTypes } from "node:module";
import browserExample from "../../examples/browser.html" with { type: "text" };
import { filesOfPage, INDEX } from "../../web/files.ts";

const TYPES: Record<string, string> = {
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  ts: "text/javascript; charset=utf-8",
};

const HTML = { "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-cache" };

/** The only script that stands in the page itself: under which paths the library files are found. */
const [, importMap] = /<script type="importmap">([^]*?)<\/script>/.exec(INDEX)!;

/**
 * What the dashboard may load: what this daemon serves, and nothing else. A driver's or an instrument's words can
 * neither run as a script nor reach another machine.
 */
const POLICY = [
  "default-src 'self'",
  `script-src 'self' 'sha256-${createHash("sha256").update(importMap).digest("base64")}'`,
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
].join("; ");

/** The dashboard at `/` for browsers, the example page, and the files that they load, all of it from this daemon. */
export function pageRoutes(): Hono {
  const app = new Hono();
  app.get("/", async (c, next) => {
    if (!c.req.header("accept")?.includes("text/html")) return await next();
    return c.body(INDEX, 200, { ...HTML, "Content-Security-Policy": POLICY });
  });
  app.get("/examples/browser.html", (c) => c.body(browserExample, 200, HTML));
  for (const [path, text] of filesOfPage()) {
    const headers = { "Content-Type": TYPES[path.slice(path.lastIndexOf(".") + 1)], "Cache-Control": "no-cache" };
    app.get(path, (c) => c.body(textFor(path, text), 200, headers));
  }
  return app;
}

/** Of each TypeScript file that somebody has asked for, what a browser understands: it takes a moment to make. */
const stripped = new Map<string, string>();

/** A file as a browser understands it: of TypeScript, the types give way to spaces, so that lines stay what they are. */
function textFor(path: string, text: string): string {
  if (!path.endsWith(".ts")) return text;
  let script = stripped.get(path);
  if (script === undefined) stripped.set(path, script = stripTypeScriptTypes(text));
  return script;
}
