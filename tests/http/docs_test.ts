import { deepStrictEqual as equal, doesNotMatch, match, ok } from "node:assert/strict";
import { webBench } from "../support/web_bench.ts";

Deno.test("GET /docs is a page that may load from this daemon only, and the daemon serves all of it", async () => {
  await using bench = await webBench();
  const { status, headers, text } = await bench.ask("GET /docs");
  equal([status, headers.get("content-type")], [200, "text/html; charset=utf-8"]);
  const policy = headers.get("content-security-policy")!;
  match(policy, /default-src 'none'/);
  doesNotMatch(policy, /https?:|\*|script-src[^;]*unsafe/);
  const files = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url).filter((url) => url !== "data:,");
  ok(files.length >= 4);
  for (const file of files) {
    ok(file.startsWith("./"), `${file} is not relative to the page`);
    equal((await bench.ask(`GET ${file.slice(1)}`)).status, 200, file);
  }
});
