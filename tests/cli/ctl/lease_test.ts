import { deepStrictEqual as equal, match } from "node:assert/strict";
import { webBench } from "../../support/web_bench.ts";
import { ctl } from "./ctl_bench.ts";

Deno.test("ctl lease takes, lists, releases and breaks leases", async () => {
  await using bench = await webBench();
  const run = (...args: string[]) => ctl(bench.app, ["lease", ...args]);
  equal((await run("list")).out, "There are no leases\n");
  const taken = JSON.parse((await run("take", "daq1", "--purpose", "IV curve", "--ttl", "60")).out);
  match((await run("list")).out, /LEASE +OWNER +DEVICES +PURPOSE.*\n\w+ +anyone +daq1 +IV curve .* active\n/);
  const refused = await ctl(bench.app, ["connect", "daq1"]);
  equal(refused.code, 1);
  match(refused.err, /"daq1" is leased by "anyone" for "IV curve"/);
  equal((await run("release", taken.lease_id, taken.token)).code, 0);
  const again = JSON.parse((await run("take", "daq1")).out);
  match((await run("break", again.lease_id, "--reason", "smoke")).out, /daq1 is not safe: .* it is disconnected/);
  equal((await run("list")).out, "There are no leases\n");
});
