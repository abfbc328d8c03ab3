import { deepStrictEqual as equal, match } from "node:assert/strict";
import { tokenFolder } from "../../support/token_folder.ts";
import { webBench } from "../../support/web_bench.ts";
import { ctl } from "./ctl_bench.ts";

Deno.test("ctl audit show lists commands; ctl audit verify finds a changed byte, and entries that are missing at the end", async () => {
  await using tokens = await tokenFolder();
  await using bench = await webBench({}, { host: "127.0.0.1", access: tokens.access });
  const { authorization } = await tokens.token("root", "admin");
  const env = { LABDAEMON_TOKEN: authorization.slice("Bearer ".length), LABDAEMON_DATA: tokens.folder };
  const run = (...args: string[]) => ctl(bench.app, args, { env });
  await run("connect", "daq1");
  await run("call", "daq1", "work", "name=x");

  const { code, out } = await run("audit", "show");
  equal(code, 0);
  match(out, /root .*POST \/devices\/daq1\/call +asked +\{"method":"work"/);
  match(out, /root .*POST \/devices\/daq1\/call +done 200/);

  const verified = await run("audit", "verify");
  const [, hash] = /^4 entries, as they were written; the last has the hash (\S+)$/m.exec(verified.out)!;
  const path = `${tokens.folder}/audit.jsonl`;
  const text = await Deno.readTextFile(path);
  await Deno.writeTextFile(path, text.split("\n").slice(0, 3).join("\n") + "\n");
  equal((await run("audit", "verify")).code, 0);
  const missing = await run("audit", "verify", "--contains", hash);
  equal([missing.code, missing.err], [1, `${path}: no entry has the hash ${hash}: entries are missing\n`]);
  await Deno.writeTextFile(path, text.replace('"root"', '"rood"'));
  const changed = await run("audit", "verify");
  equal([changed.code, changed.err], [1, `${path}:1: it is not as it was written\n`]);
});
