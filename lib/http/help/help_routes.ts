import { type Context, Hono } from "hono";
import { html, raw } from "hono/html";
import type MiniSearch from "minisearch";
import { LabError } from "../../errors.ts";
import { type DocumentPage, type Documents, readDocuments, readNamed } from "./documents.ts";
import type { RenderedPage } from "./render.ts";
import script from "./page.js" with { type: "text" };
import style from "./page.css" with { type: "text" };

/** A page loads from this daemon only, and asks nothing but its search. */
const HEADERS = {
  "Content-Type": "text/html; charset=utf-8",
  "Cache-Control": "no-cache",
  "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
    "base-uri 'none'; form-action 'self'; frame-ancestors 'self'",
};

const TYPES: Record<string, string> = { png: "image/png", svg: "image/svg+xml", jpg: "image/jpeg" };

/** The results of a search that are shown, and the characters of their texts. */
const MAX_RESULTS = 30;
const MAX_TEXT_CHARS = 240;

/** A section of a page that is searched. */
interface Section {
  id: number;
  address: string;
  page: string;
  heading: string;
  text: string;
}

/** All that `/help` shows, made at the first request. */
interface Site {
  documents: Documents;
  bySlug: ReadonlyMap<string, DocumentPage & RenderedPage>;
  sections: readonly Section[];
  index: MiniSearch<Section>;
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

  app.get("/help", (c) => c.redirect("./help/first-hour", 302));
  app.get("/help/search", async (c) => {
    const asked = (c.req.query("q") ?? "").slice(0, 200);
    const { index, sections, bySlug } = await open();
    const found = index.search(asked, {
      prefix: true,
      fuzzy: 0.15,
      combineWith: "AND",
      boost: { heading: 3, page: 2 },
    });
    const results = found.slice(0, MAX_RESULTS).map(({ id }) => sections[id]);
    const body = html`
      <h1>${asked ? `“${asked}”` : "Search"}</h1>
      <p role="status">${found.length === 0
        ? "Nothing was found. Try other words."
        : `Found in ${found.length} places`}</p>
      <ol class="results">${results.map(({ address, page, heading, text }) =>
        html`<li><a href="./${address}">${heading}</a> <small>${page}</small><br>${around(text, asked)}</li>`
      )}</ol>
    `;
    return await page(c, { slug: "search", title: "Search", body, bySlug, asked });
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
  app.get("/help/*", async (c) => {
    const { bySlug } = await open();
    const found = bySlug.get(decodeURI(c.req.path.slice("/help/".length)));
    if (!found) throw unknown(c);
    return await page(c, { ...found, body: raw(found.body), bySlug });
  });
  return app;
}

function unknown(c: Context): LabError {
  return new LabError("NotFound", `Cannot GET ${c.req.path.slice(0, 200)}: there is no such page; /help lists them`);
}

async function openSite(): Promise<Site> {
  const [documents, { renderPage }, { default: MiniSearch }] = await Promise.all([
    readDocuments(),
    import("./render.ts"),
    import("minisearch"),
  ]);
  const bySlug = new Map([...documents.pages.values()].map((it) => [it.slug, { ...it, ...renderPage(it, documents) }]));
  const sections = [...bySlug.values()].flatMap(({ slug, title, sections }) =>
    sections.map(({ id, heading, text }) => ({ address: id ? `${slug}#${id}` : slug, page: title, heading, text }))
  ).map((section, id) => ({ id, ...section }));
  const index = new MiniSearch<Section>({ fields: ["page", "heading", "text"] });
  index.addAll(sections);
  return { documents, bySlug, sections, index };
}

/** The pages in the order in which they are read; all others follow. */
const GROUPS: Record<string, string[]> = {
  "Begin": ["readme", "first-hour", "bench-file", "command-line"],
  "Measure": ["plots", "recording", "alarms", "leases", "tasks", "python"],
  "Drivers": ["writing-drivers", "drivers-in-python", "yaml-drivers", "connections"],
  "Operate": ["deployment", "operations", "access", "monitoring", "limits"],
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
  asked?: string;
}

async function page(c: Context, { slug, title, body, bySlug, asked = "" }: Shown): Promise<Response> {
  const up = "../".repeat(slug.split("/").length - 1) || "./";
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
