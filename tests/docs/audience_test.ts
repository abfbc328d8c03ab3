import { equal } from "node:assert/strict";
import { readDocuments } from "../../lib/http/help/documents.ts";

Deno.test("every page of the documentation but the decisions says in its first two sentences whom it is for", async () => {
  const { pages } = await readDocuments();
  // All decisions are for developers.
  const isForUsers = ({ path }: { path: string }) => /^docs\/(?!decisions\/)/.test(path);
  const silent = [...pages.values()].filter(isForUsers).filter(({ text }) => {
    const [, intro] = text.split(/^# .*\n+/m);
    const [first, second = ""] = intro.split(/(?<=[.!?:])\s/);
    return !/\b[Ff]or (?:those|authors|operators|developers|newcomers|the operator)\b/.test(`${first} ${second}`);
  });
  equal(silent.map(({ path }) => path).join("\n"), "");
});
