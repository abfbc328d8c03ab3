import { equal, match, ok } from "node:assert/strict";
import { createApp } from "../../lib/http/app.ts";
import { LabDaemon } from "../../lib/daemon.ts";
import { readDocuments } from "../../lib/http/help/documents.ts";

/** The help of an app, which needs no bench. */
function help() {
  const daemon = new LabDaemon();
  const app = createApp(daemon);
  return {
    async ask(path: string) {
      const answer = await app.request(path);
      return { status: answer.status, headers: answer.headers, text: await answer.text() };
    },
    async [Symbol.asyncDispose]() {
      app.close();
      await daemon.shutdown();
    },
  };
}

Deno.test("each page of the documentation is a page of /help, and each of its links leads somewhere", async () => {
  await using site = help();
  const { pages } = await readDocuments();
  ok(pages.size > 50);
  const linked = new Map<string, string>();
  for (const { slug, title } of pages.values()) {
    const { status, headers, text } = await site.ask(`/help/${slug}`);
    equal(status, 200, slug);
    const policy = headers.get("content-security-policy")!;
    match(policy, /^default-src 'none'; script-src 'self'; style-src 'self';/);
    ok(
      text.includes(`<title>${title.replaceAll("&", "&amp;").replaceAll("'", "&#39;")} · LabDaemon help</title>`),
      slug,
    );
    ok(!/<script(?! src="[./]*assets\/help\.js")/.test(text), slug);
    const ids = new Set([...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
    for (const [, target] of text.matchAll(/(?:href|src)="([^"]+)"/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      const { pathname, hash } = new URL(target, `http://daemon/help/${slug}`);
      if (pathname === `/help/${slug}` && hash) ok(ids.has(decodeURI(hash.slice(1))), `${slug}: ${target}`);
      linked.set(pathname, slug);
    }
  }
  for (const [path, from] of linked) equal((await site.ask(path)).status, 200, `${path}, linked from ${from}`);
  ok(linked.has("/help/files/bench.yaml") && linked.has("/help/leases"));
});

Deno.test("/help finds sections by begun and misspelt words, and shows no other file of the project", async () => {
  await using site = help();
  match((await site.ask("/help/")).text, /href="\.\/leases"[^]*href="\.\/writing-drivers"/);
  match((await site.ask("/help")).text, /href="\.\/help\/leases"[^]*href="\.\/help\/writing-drivers"/);
  const found = await site.ask("/help/search?q=leses%20expir");
  match(found.text, /<a href="\.\/leases#[^"]+">/);
  match((await site.ask("/help/search?q=%3Cscript%3Ezzzz")).text, /“&lt;script&gt;zzzz”[^]*Nothing was found/);
  for (const path of ["/help/files/deno.json", "/help/files/../../etc/passwd", "/help/nope", "/help/files/"]) {
    equal((await site.ask(path)).status, 404, path);
  }
});
