import { type Context, Hono } from "hono";
import { html, raw } from "hono/html";
import { LabError } from "../../errors.ts";
import { type DocumentPage, type Documents, readDocuments, readNamed } from "./documents.ts";
import { HelpSearch } from "./search.ts";
import script from "./page.js" with { type: "text" };
import style from "./page.css" with { type: "text" };

/** The headers of a page: it loads from this daemon only, and requests only its search. */
const HEADERS = {
  "Content-Type": "text/html; charset=utf-8",
  "Cache-Control": "no-cache",
  "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
    "base-uri 'none'; form-action 'self'; frame-ancestors 'self'",
};

const TYPES: Record<string, string> = { png: "image/png", svg: "image/svg+xml", jpg: "image/jpeg" };

/** The page at `/help` itself. */
const FIRST_PAGE = "first-hour";

/** The results of a search that are shown, and the characters of their texts. */
const MAX_RESULTS = 30;
const MAX_TEXT_CHARS = 240;

/** The pages by their addresses, read at the first request. */
interface Site {
  documents: Documents;
  bySlug: ReadonlyMap<string, DocumentPage>;
  search: HelpSearch;
}

/** `/help`: the documentation of this version, to be read and searched without a network. */
export function helpRoutes(): Hono {
  const app = new Hono();
  let site: Promise<Site> | undefined;
  const open = () =>
    site ??= openSite().catch((error) => {
      site = undefined;
      throw error;
    });

  const shown = async (c: Context, slug: string, up: string) => {
    const { bySlug, documents } = await open();
    const found = bySlug.get(slug);
    if (!found) throw unknown(c);
    const { renderPage } = await import("./render.ts");
    return await page(c, { ...found, body: raw(renderPage(found, documents, up)), bySlug, up });
  };

  app.get("/help", (c) => shown(c, FIRST_PAGE, "./help/"));
  app.get("/help/", (c) => shown(c, FIRST_PAGE, "./"));
  app.get("/help/search", async (c) => {
    const asked = (c.req.query("q") ?? "").slice(0, 200);
    const { search, bySlug } = await open();
    const found = await search.find(asked);
    const body = html`
      <h1>${asked ? `“${asked}”` : "Search"}</h1>
      <p role="status">${found.length === 0
        ? "Nothing was found. Try other words."
        : `Found in ${found.length} places`}</p>
      <ol class="results">${found.slice(0, MAX_RESULTS).map(({ address, page, heading, text }) =>
        html`<li><a href="./${address}">${heading}</a> <small>${page}</small><br>${around(text, asked)}</li>`
      )}</ol>
    `;
    return await page(c, { slug: "search", title: "Search", body, bySlug, asked, up: "./" });
  });
  app.get("/help/files/*", async (c) => {
    const path = decodeURI(c.req.path.slice("/help/files/".length));
    const { documents } = await open();
    if (!documents.files.has(path)) throw unknown(c);
    const type = TYPES[path.slice(path.lastIndexOf(".") + 1)] ?? "text/plain; charset=utf-8";
    return c.body(await readNamed(path), 200, { ...HEADERS, "Content-Type": type });
  });
  app.get("/assets/help.js", (c) => c.body(script, 200, { "Content-Type": "text/javascript; charset=utf-8" }));
  app.get("/assets/help.css", (c) => c.body(style, 200, { "Content-Type": "text/css; charset=utf-8" }));
  app.get("/help/*", (c) => {
    const slug = decodeURI(c.req.path.slice("/help/".length));
    return shown(c, slug, "../".repeat(slug.split("/").length - 1) || "./");
  });
  return app;
}

function unknown(c: Context): LabError {
  return new LabError("NotFound", `Cannot GET ${c.req.path.slice(0, 200)}: there is no such page; /help lists them`);
}

async function openSite(): Promise<Site> {
  const documents = await readDocuments();
  const pages = [...documents.pages.values()];
  return { documents, bySlug: new Map(pages.map((it) => [it.slug, it])), search: new HelpSearch(pages) };
}

/** The pages in the order in which they are read; all others follow. */
const GROUPS: Record<string, string[]> = {
  "Begin": ["readme", "first-hour", "bench-file", "command-line"],
  "Measure": ["plots", "recording", "alarms", "leases", "tasks", "python"],
  "Drivers": ["writing-drivers", "drivers-in-python", "yaml-drivers", "connections"],
  "Operate": ["deployment", "operations", "access", "monitoring", "fleet", "publishing-by-mqtt", "limits"],
};

function navigation(current: string, up: string, bySlug: Site["bySlug"]) {
  const listed = new Set(Object.values(GROUPS).flat());
  const others = [...bySlug.keys()].filter((slug) => !listed.has(slug));
  const isDecision = (slug: string) => slug.startsWith("decisions/");
  const groups = [
    ...Object.entries(GROUPS),
    ["More", others.filter((slug) => !isDecision(slug))],
    ["Decisions", others.filter(isDecision)],
  ] as [string, string[]][];
  const first = Object.values(GROUPS)[0];
  return groups.map(([name, slugs]) =>
    html`
      <details ${slugs.includes(current) || slugs === first ? "open" : ""}>
        <summary>${name}</summary>
        <ul>${slugs.flatMap((slug) => {
          const title = bySlug.get(slug)?.title;
          const mark = slug === current ? raw('aria-current="page"') : "";
          return title === undefined ? [] : [html`<li><a href="${up}${slug}" ${mark}>${title}</a></li>`];
        })}</ul>
      </details>
    `
  );
}

interface Shown {
  slug: string;
  title: string;
  body: unknown;
  bySlug: Site["bySlug"];
  /** The relative address of `/help/`. */
  up: string;
  asked?: string;
}

async function page(c: Context, { slug, title, body, bySlug, up, asked = "" }: Shown): Promise<Response> {
  const text = await html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>${title} · LabDaemon help</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="${up}../assets/help.css">
    <script src="${up}../assets/help.js"></script>
  </head>
  <body>
    <a class="skip" href="#content">Skip to the content</a>
    <header>
      <a href="${up}../">LabDaemon</a>
      <form role="search" action="${up}search"><label for="q">Search the help</label>
        <input id="q" name="q" type="search" value="${asked}"> <button>Search</button></form>
    </header>
    <div class="columns">
      <nav aria-label="Pages of the help">${navigation(slug, up, bySlug)}</nav>
      <main id="content" tabindex="-1">${body}</main>
    </div>
  </body>
</html>`;
  return c.body(String(text), 200, HEADERS);
}

/** The part of a text around the first of the words. */
function around(text: string, words: string): string {
  const lower = text.toLowerCase();
  const places = words.toLowerCase().split(/\s+/).filter(Boolean).map((word) => lower.indexOf(word));
  const first = Math.min(...places.filter((place) => place >= 0), text.length);
  const start = first === text.length ? 0 : Math.max(0, first - MAX_TEXT_CHARS / 4);
  return `${start > 0 ? "… " : ""}${text.slice(start, start + MAX_TEXT_CHARS)}${
    start + MAX_TEXT_CHARS < text.length ? " …" : ""
  }`;
}
