import { deepStrictEqual as equal, match } from "node:assert/strict";
import { TokenStore } from "../../lib/access/token_store.ts";
import { readCtlToken } from "../../lib/access/ctl_token.ts";
import { serveBench, serveFailing } from "../support/served_bench.ts";
import { SSEReader } from "../support/sse_reader.ts";
import { until } from "../support/until.ts";

const BENCH = "devices: [{ id: daq1, driver: StreamingDAQ }]";

Deno.test("a served bench is closed by its first token, opens to ctl of its user, and ends the streams of a revoked one", async () => {
  await using bench = await serveBench(BENCH, { drivers: ["streaming_daq.ts"] });
  const data = `${bench.folder}/data`;
  equal((await bench.ask<{ devices: unknown[] }>("GET /devices")).devices.length, 1);
  const { token } = await bench.ask<{ token: string }>("POST /tokens", { name: "alice", scope: "control" });
  const of = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
  const status = async (init?: RequestInit) => {
    const response = await fetch(`${bench.url}/devices`, init);
    await response.body?.cancel();
    return response.status;
  };
  equal([await status(), await status(of(token)), await status(of("lab_x"))], [401, 200, 401]);

  const reader = new SSEReader(await fetch(`${bench.url}/stream/devices/daq1`, of(token)));
  await reader.sample();
  // Another program, which does not ask the daemon.
  await (await TokenStore.open(data)).revoke("alice");
  await reader.end();
  equal(await status(of(token)), 401);

  await until("the token of ctl is written", async () => await readCtlToken(data, bench.url) !== undefined);
  const own = (await readCtlToken(data, bench.url))!;
  equal((await Deno.stat(`${data}/ctl.json`)).mode! & 0o077, 0);
  equal(await status(of(own)), 200);
});

Deno.test("a bench that is open to the network does not start without a token", async () => {
  const { code, stderr } = await serveFailing(BENCH, { args: ["--host", "0.0.0.0", "--port", "0"] });
  equal(code, 1);
  match(stderr, /Cannot start on 0\.0\.0\.0: .*ctl token create <name> --scope admin.*auth: none/);
});
