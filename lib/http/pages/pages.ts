import { Hono } from "hono";
import { createHash } from "node:crypto";
import browserExample from "../../../examples/browser.html" with { type: "text" };
import { filesOfPage, INDEX } from "../../../web/files.ts";
import { PAGE_FILES } from "./app_router.ts";
import { pageFileAt, versionPath } from "./page_files.ts";

const HTML = { "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-cache" };

/**
 * The policy of a page: it loads from this daemon only, and runs only its present scripts. A text of a driver or an
 * instrument can neither run as a script nor reach another machine.
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

const EXAMPLE_POLICY = policyOf(browserExample);

/** The dashboard's page, which names its files by the path of their version. */
const dashboard = once(() => {
  const page = INDEX.replaceAll(/"\.(\/(?:web|assets)\/)/g, `".${versionPath()}$1`);
  return { page, policy: policyOf(page) };
});

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => made ??= make();
}

/**
 * The dashboard at `/` for browsers, the example page, and all files that they load: under their own paths, and below the
 * path of their version, where a browser may keep them.
 */
export function pageRoutes(): Hono {
  const app = new Hono();
  // All files are of one version, also if the checkout changes while the daemon runs.
  filesOfPage();
  app.get("/", async (c, next) => {
    if (!c.req.header("accept")?.includes("text/html")) return await next();
    const { page, policy } = dashboard();
    return c.body(page, 200, { ...HTML, "Content-Security-Policy": policy });
  });
  app.get(
    "/examples/browser.html",
    (c) => c.body(browserExample, 200, { ...HTML, "Content-Security-Policy": EXAMPLE_POLICY }),
  );
  app.get(PAGE_FILES, async (c, next) => {
    const file = pageFileAt(c.req.path);
    return file ? c.body(await file.text(), 200, file.headers) : await next();
  });
  return app;
}
