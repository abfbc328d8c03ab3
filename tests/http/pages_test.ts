import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { filesOfPage } from "../../web/files.ts";
import { webBench } from "../support/web_bench.ts";

const BROWSER = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };
/** `import … from "x"`, `export … from "x"` and `import "x"`, also in a line without spaces. */
const IMPORT = /(?:\bimport\s*|\b(?:import|export)\b[\w\s{},*$]*\bfrom\s*)["']([^"']+)["']/g;
const root = new URL("../../", import.meta.url);
/** The path of the version of the files. */
const VERSION = /^\/assets\/[\w-]{16}\//;

Deno.test("GET / gives a browser the dashboard, and a program the endpoints", async () => {
  await using bench = await webBench();
  const page = await bench.ask("GET /", undefined, BROWSER);
  equal([page.status, page.headers.get("content-type")], [200, "text/html; charset=utf-8"]);
  match(page.text, /^<!doctype html>/i);
  const { body } = await bench.ask("GET /");
  equal(Object.keys(body), ["name", "version", "endpoints"]);
});

Deno.test("the dashboard's page allows nothing from elsewhere, and no script that is not the daemon's own", async () => {
  await using bench = await webBench();
  const { headers, text } = await bench.ask("GET /", undefined, BROWSER);
  const policy = headers.get("content-security-policy")!;
  match(policy, /^default-src 'self'; script-src 'self';/);
  equal(text.match(/<script(?![^>]*\bsrc=)/), null, "the browser would refuse a script in the page");
});

Deno.test("the example's page runs the script that is in it, and no other", async () => {
  await using bench = await webBench();
  const { headers, text } = await bench.ask("GET /examples/browser.html");
  const policy = headers.get("content-security-policy")!;
  const inline = [...text.matchAll(/<script(?![^>]*\bsrc=)[^>]*>([^]*?)<\/script>/g)];
  equal(inline.length, 1);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(inline[0][1])));
  ok(policy.includes(`'sha256-${hash.toBase64()}'`), "the browser would refuse the script");
});

Deno.test("the daemon serves all files of the pages, each with its type", async (test) => {
  await using bench = await webBench();
  const { text: dashboard } = await bench.ask("GET /", undefined, BROWSER);
  const { text: example } = await bench.ask("GET /examples/browser.html");
  const types: Record<string, string> = {
    css: "text/css",
    js: "text/javascript",
    ts: "text/javascript",
    map: "application/json",
  };

  // All are relative to their page, so that they are found below any path.
  const pathFrom = (page: string, url: string) => new URL(url, `http://daemon${page}`).pathname;
  const asked = new Set<string>();
  for (const [page, text] of [["/", dashboard], ["/examples/browser.html", example]]) {
    for (const [, url] of text.matchAll(/(?:src|<link[^>]+href)="([^"]+)"/g)) {
      if (url === "data:,") continue;
      ok(url.startsWith("."), `${url} is not relative`);
      asked.add(pathFrom(page, url));
    }
  }
  for (const path of asked) {
    await test.step(path, async () => {
      const { status, headers, text } = await bench.ask(`GET ${path}`);
      const type = types[path.split(".").at(-1)!];
      equal([status, headers.get("content-type")], [200, `${type}; charset=utf-8`]);
      if (type === types.map) { for (const source of JSON.parse(text).sources) asked.add(pathFrom(path, source)); }
      if (type !== types.js) return;
      // The map of the dashboard's script names the files of its libraries, too, whose own maps stay with their packages.
      const [, map] = /^\/\/# sourceMappingURL=(main\.js\.map)$/m.exec(text) ?? [];
      if (map) asked.add(pathFrom(path, map));
      // An example in a doc comment imports, too.
      for (const [, from] of text.replace(/^ *\* .*$/gm, "").matchAll(IMPORT)) {
        if (from.startsWith(".")) asked.add(pathFrom(path, from));
      }
    });
  }
  const loaded = new Set(Array.from(asked, (path) => path.replace(VERSION, "/")));
  const [, uPlot] = example.match(/import\(`\$\{SERVER\}(\/[^`]+)`\)/)!;
  loaded.add(uPlot);
  const served = [...filesOfPage().keys()].filter((path) => !loaded.has(path));
  equal(served, [], "nothing is served that no page loads");
});

Deno.test("a browser keeps the files of the dashboard until one of them changes, and asks for the page each time", async () => {
  await using bench = await webBench();
  const { headers, text } = await bench.ask("GET /", undefined, BROWSER);
  equal(headers.get("cache-control"), "no-cache");
  const [main] = /\/assets\/[\w-]{16}\/web\/main\.js/.exec(text)!;
  const kept = await bench.ask(`GET ${main}`);
  equal([kept.status, kept.headers.get("cache-control")], [200, "max-age=31536000, immutable"]);
  const own = await bench.ask("GET /web/main.js");
  equal([own.text, own.headers.get("cache-control")], [kept.text, "no-cache"]);
  equal((await bench.refusal(`GET ${main.replace(VERSION, "/assets/AAAAAAAAAAAAAAAA/")}`)).type, "NotFound");
});

Deno.test("the page asks the daemon below the path where it was found itself", () => {
  for (const [path, text] of filesOfPage()) ok(!text.includes("location.origin"), path);
});

Deno.test("a file that no page loads is not served, under any path", async (test) => {
  await using bench = await webBench();
  const paths = [
    ...["/web/", "/web/files.ts", "/web/index.html", "/web/form/context.ts", "/lib/http/pages.ts", "/main.ts"],
    ...["/web/../main.ts", "/web/%2e%2e/main.ts", "/web/..%2fmain.ts", "/web//main.ts", "/web/form/../../bench.yaml"],
  ];
  for (const path of paths) {
    await test.step(path, async () => equal((await bench.refusal(`GET ${path}`, undefined, BROWSER)).type, "NotFound"));
  }
});

Deno.test("another method than GET at a file of the dashboard is not allowed, and HEAD has no body", async () => {
  await using bench = await webBench();
  for (const path of ["/web/main.ts", "/web/main.js"]) {
    const { status, headers } = await bench.ask(`POST ${path}`);
    equal([status, headers.get("allow")], [405, "GET"]);
    const head = await bench.ask(`HEAD ${path}`);
    equal([head.status, head.text, head.headers.get("content-type")], [200, "", "text/javascript; charset=utf-8"]);
  }
});

Deno.test("a browser gets TypeScript without its types, line for line", async () => {
  await using bench = await webBench();
  const { text } = await bench.ask("GET /web/bench/bench.ts");
  const written = await Deno.readTextFile(new URL("web/bench/bench.ts", root));
  equal(text.split("\n").length, written.split("\n").length);
  ok(/: ServerAPI\b/.test(written) && !/: ServerAPI\b/.test(text));
});
