import { deepStrictEqual as equal, ok, rejects } from "node:assert/strict";
import { ServerAPI } from "../../lib/client/mod.ts";
import { fakeTime } from "../support/time.ts";
import { webBench } from "../support/web_bench.ts";

/** A bench, and two programs that use it. */
async function twoPrograms() {
  const bench = await webBench();
  const fetch = async (url: string, init?: RequestInit) => await bench.app.fetch(new Request(url, init));
  const api = () => new ServerAPI("http://127.0.0.1:5000", { fetch });
  return { bench, one: api(), other: api(), [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose]() };
}

Deno.test("lease(): commands are sent under it, it is renewed, and the end of the block releases it", async () => {
  using time = fakeTime();
  await using it = await twoPrograms();
  {
    await using lease = await it.one.lease(["daq1"], { purpose: "IV curve", ttl: 3 });
    await time.tick(10_000);
    ok(!lease.isLost);
    await it.one.connectDevice("daq1");
    await rejects(it.other.connectDevice("daq1"), { type: "DeviceInUse", status: 409 });
  }
  await it.other.connectDevice("daq1");
  equal((await it.one.listLeases()).leases, []);
});

Deno.test("lease(): once it was broken, commands are refused until it is released", async () => {
  using time = fakeTime();
  await using it = await twoPrograms();
  const lease = await it.one.lease(["daq1"], { ttl: 3 });
  const [found] = (await it.other.listLeases()).leases;
  await it.other.breakLease(found.lease_id, "smoke");
  await rejects(it.one.connectDevice("daq1"), { type: "LeaseEnded" });
  await time.tick(1_000);
  ok(lease.isLost);
  await lease.release();
  await it.one.connectDevice("daq1");
});

Deno.test("a lease of another program, by its token", async () => {
  await using it = await twoPrograms();
  const lease = await it.one.acquireLease(["daq1"]);
  const fetch = async (url: string, init?: RequestInit) => await it.bench.app.fetch(new Request(url, init));
  await new ServerAPI("http://127.0.0.1:5000", { fetch, lease: lease.token }).connectDevice("daq1");
  await rejects(it.one.disconnectDevice("daq1"), { type: "DeviceInUse" });
  await it.one.releaseLease(lease.lease_id, lease.token);
  await it.one.disconnectDevice("daq1");
});
