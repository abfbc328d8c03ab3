import { deepStrictEqual as equal, match } from "node:assert/strict";
import { tokenFolder } from "../../support/token_folder.ts";
import { webBench } from "../../support/web_bench.ts";
import { folderOf } from "../../support/folder_of.ts";
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

Deno.test("the commands about the record and the tokens say that a fresh bench has none", async () => {
  await using bench = await webBench();
  using folder = folderOf({});
  const env = { LABDAEMON_DATA: `${folder.path}/data` };
  const run = (...args: string[]) => ctl(bench.app, args, { env });
  const path = `${folder.path}/data/audit.jsonl`;
  equal(await run("audit", "verify"), {
    code: 0,
    out: `There are no entries in ${path}: commands are recorded while tokens are needed\n`,
    err: "",
  });
  equal(await run("audit", "show"), { code: 0, out: "There are no entries\n", err: "" });
  // A daemon that does not answer: the tokens are those of the folder.
  const gone = { fetch: () => Promise.reject(new TypeError("connection refused")) };
  const none = "There are no tokens. Make one: deno task ctl token create <name>\n";
  equal(await ctl(gone, ["token", "list"], { env }), { code: 0, out: none, err: "" });

  const lost = await run("audit", "verify", "--contains", "x".repeat(43));
  equal([lost.code, lost.err], [1, `${path}: no entry has the hash ${"x".repeat(43)}: entries are missing\n`]);
  const misspelt = await run("audit", "verify", "--data", `${folder.path}/dota`);
  equal([misspelt.code, misspelt.err], [2, `Cannot find the data folder ${folder.path}/dota\n`]);
});
