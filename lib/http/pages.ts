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

/**
 * The policy of a page: it loads from this daemon only, and of the scripts in the page itself only those that are there now
 * run. The texts of a driver or an instrument can neither run as a script nor reach another machine.
 */
function policyOf(page: string): string {
  const scripts = [...page.matchAll(/<script(?![^>]*\ssrc=)[^>]*>([^]*?)<\/script>/g)].map(([, script]) =>
    `'sha256-${createHash("sha256").update(script).digest("base64")}'`
  );
  return [
    "default-src 'self'",
    ["script-src 'self'", ...scripts].join(" "),
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'self'",
  ].join("; ");
}

const POLICY = policyOf(INDEX);
const EXAMPLE_POLICY = policyOf(browserExample);

/** The dashboard at `/` for browsers, the example page, and all files that they load. */
export function pageRoutes(): Hono {
  const app = new Hono();
  app.get("/", async (c, next) => {
    if (!c.req.header("accept")?.includes("text/html")) return await next();
    return c.body(INDEX, 200, { ...HTML, "Content-Security-Policy": POLICY });
  });
  app.get(
    "/examples/browser.html",
    (c) => c.body(browserExample, 200, { ...HTML, "Content-Security-Policy": EXAMPLE_POLICY }),
  );
  for (const [path, text] of filesOfPage()) {
    const headers = { "Content-Type": TYPES[path.slice(path.lastIndexOf(".") + 1)], "Cache-Control": "no-cache" };
    app.get(path, (c) => c.body(textFor(path, text), 200, headers));
  }
  return app;
}

/** The JavaScript of each TypeScript file that was requested: stripping its types takes a moment. */
const stripped = new Map<string, string>();

/** A file as a browser reads it. The types of TypeScript become spaces, so that line numbers stay. */
function textFor(path: string, text: string): string {
  if (!path.endsWith(".ts")) return text;
  let script = stripped.get(path);
  if (script === undefined) stripped.set(path, script = stripTypeScriptTypes(text));
  return script;
}
