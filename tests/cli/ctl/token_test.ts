import { deepStrictEqual as equal, match } from "node:assert/strict";
import { Access } from "../../../lib/access/access.ts";
import { tokenFolder } from "../../support/token_folder.ts";
import { webBench } from "../../support/web_bench.ts";
import { ctl } from "./ctl_bench.ts";

Deno.test("ctl token makes, lists, rotates and revokes tokens of the daemon, with LABDAEMON_TOKEN", async () => {
  await using tokens = await tokenFolder();
  await using bench = await webBench({}, { host: "127.0.0.1", access: tokens.access });
  const admin = (await tokens.token("admin", "admin")).authorization.slice("Bearer ".length);
  const run = (...args: string[]) => ctl(bench.app, args, { env: { LABDAEMON_TOKEN: admin } });

  const made = await run("token", "create", "alice", "--scope", "control", "--devices", "psu*", "--expires", "30d");
  match(made.out, /^lab_[\w-]{43}\n$/);
  match(made.err, /^The token "alice": control, the devices psu\*, until .* UTC\. It is shown this once:\n$/);
  match((await run("token", "list")).out, /alice +control +psu\* /);
  const rotated = await run("token", "rotate", "alice");
  equal([tokens.access.tokens!.find(made.out.trim()), tokens.access.tokens!.find(rotated.out.trim())?.name], [
    undefined,
    "alice",
  ]);
  equal((await run("token", "revoke", "alice")).code, 0);
  const again = await run("token", "revoke", "alice");
  equal(again.code, 1);
  match(again.err, /Cannot find a token "alice"/);
});

Deno.test("without a token, ctl says how to send one", async () => {
  await using tokens = await tokenFolder();
  await using bench = await webBench({}, { host: "127.0.0.1", access: tokens.access });
  const { code, err } = await ctl(bench.app, ["list"]);
  equal(code, 1);
  match(err, /A token is needed.*\n.*LABDAEMON_TOKEN/);
});

Deno.test("without a daemon, ctl token writes into the data folder", async () => {
  const folder = await Deno.makeTempDir({ prefix: "labdaemon-test-" });
  const absent = { fetch: () => Promise.reject(new TypeError("connection refused")) };
  const { code, out } = await ctl(absent, ["token", "create", "alice", "--scope", "admin"], {
    env: { LABDAEMON_DATA: folder },
  });
  equal(code, 0);
  const access = await Access.open({ folder, authentication: null });
  equal([access.isRequired, access.identify(out.trim()).scope], [true, "admin"]);
  await Deno.remove(folder, { recursive: true });
});
