import { Hono } from "hono";
import { createHash } from "node:crypto";
import { stripTypeScriptTypes } from "node:module";
import browserExample from "../../examples/browser.html" with { type: "text" };
import { filesOfPage, INDEX, MAIN } from "../../web/files.ts";
import { type LinkedScript, linkedScript } from "../format/linked/linked_script.ts";
import { sourceMap } from "../format/linked/source_map.ts";

const TYPES: Record<string, string> = {
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  map: "application/json; charset=utf-8",
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

const EXAMPLE_POLICY = policyOf(browserExample);

/** The files of one version never change: a browser asks for each of them once. */
const FOR_EVER = "max-age=31536000, immutable";

/** A path of its own for each version of the files: the dashboard names its files below it. */
function versionPath(files: ReadonlyMap<string, string>): string {
  const hash = createHash("sha256");
  for (const [path, text] of files) hash.update(`${path}\n${text.length}\n${text}`);
  return `/assets/${hash.digest("base64url").slice(0, 16)}`;
}

/** The script that the page names. It is made when it is first requested. */
const SCRIPT = MAIN.replace(/ts$/, "js");
let linked: Promise<LinkedScript> | undefined;

/**
 * The dashboard at `/` for browsers, the example page, and all files that they load: under their own paths, and below the
 * path of their version, where a browser may keep them.
 */
export function pageRoutes(): Hono {
  const app = new Hono();
  const files = filesOfPage();
  const version = versionPath(files);
  const index = INDEX.replaceAll(/"\.(\/(?:web|assets)\/)/g, `".${version}$1`);
  const policy = policyOf(index);
  app.get("/", async (c, next) => {
    if (!c.req.header("accept")?.includes("text/html")) return await next();
    return c.body(index, 200, { ...HTML, "Content-Security-Policy": policy });
  });
  app.get(
    "/examples/browser.html",
    (c) => c.body(browserExample, 200, { ...HTML, "Content-Security-Policy": EXAMPLE_POLICY }),
  );
  const serve = (path: string, textOf: () => string | Promise<string>) => {
    const type = TYPES[path.slice(path.lastIndexOf(".") + 1)];
    for (const [at, caching] of [[path, "no-cache"], [version + path, FOR_EVER]]) {
      app.get(at, async (c) => c.body(await textOf(), 200, { "Content-Type": type, "Cache-Control": caching }));
    }
  };
  for (const [path, text] of files) serve(path, () => textFor(path, text));
  const link = () => linked ??= linkedScript(files, MAIN);
  const map = `${SCRIPT}.map`;
  serve(SCRIPT, async () => `${(await link()).script}//# sourceMappingURL=${map.slice(map.lastIndexOf("/") + 1)}\n`);
  serve(map, async () => sourceMap(await link(), (path) => `..${path}`));
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
