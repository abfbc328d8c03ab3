import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import type { DriverStatus } from "../../lib/wire/driver.ts";
import { serveBench, type ServedBench } from "../support/served_bench.ts";
import type { WireEvent } from "../support/sse_reader.ts";
import { until } from "../support/until.ts";

const BENCH = "devices: [{ id: good, driver: Counter }, { id: edited, driver: Edited }]\n";

const edited = (version: number) => `
  import { defineDriver, every } from "labdaemon/driver";
  export default defineDriver({
    name: "Edited",
    summary: "version ${version}",
    create: () => ({
      async *stream(signal) {
        for await (const _ of every(5, signal)) yield ${version};
      },
    }),
  });`;

const slow = (version: number) => `
  import { defineDriver } from "labdaemon/driver";
  export default defineDriver({
    name: "Slow",
    summary: "version ${version}",
    create: () => ({}),
    methods: { slow: { run: () => new Promise(() => {}) } },
  });`;

const save = ({ folder }: ServedBench, text: string) => Deno.writeTextFile(`${folder}/drivers/edited.ts`, text);

const isSample = ({ event }: WireEvent) => event === "device_data";

async function driver(served: ServedBench): Promise<DriverStatus> {
  const { drivers } = await served.ask<{ drivers: DriverStatus[] }>("GET /drivers");
  return drivers.find(({ file }) => file === "edited.ts")!;
}

Deno.test("a saved driver is reloaded: its readers receive the next version, other readers notice nothing", async () => {
  await using served = await serveBench(BENCH, { drivers: ["counter.ts", { "edited.ts": "export default {" }] });
  await using good = await served.open("/stream/devices/good");
  await using reader = await served.open("/stream/devices/edited");
  equal((await reader.next()).state, "faulted");
  await good.next(isSample);

  await save(served, edited(1));
  equal((await reader.next(isSample)).payload, 1);
  await save(served, edited(2));
  const change = await reader.next(({ event }) => event === "device_state");
  equal([change.state, change.reason], ["streaming", "reloaded"]);
  equal((await reader.next(isSample)).payload, 2);
  equal((await driver(served)).summary, "version 2");

  await save(served, "export default {");
  const refusal = async () => (await driver(served)).error?.message ?? "";
  // On a busy machine it still loads for a while, which is an error of its own.
  await until("the new version is refused", async () => /^Cannot load edited\.ts: /.test(await refusal()));
  const broken = await driver(served);
  equal([broken.status, broken.summary], ["loaded", "version 2"]);
  equal((await reader.next(isSample)).payload, 2);

  // No reader has lost a sample.
  for (const { events } of [good, reader]) {
    const samples = events.filter(isSample);
    equal(samples.map(({ sequence }) => sequence), samples.map((_, i) => samples[0].sequence! + i));
    equal(events.filter(({ event }) => event === "gap"), []);
  }
  equal(good.events.filter(({ event }) => event === "device_state").length <= 3, true);
});

Deno.test("a call that a reload ends names its method and the reload, also if the method ignores its signal", async () => {
  await using served = await serveBench("devices: [{ id: psu1, driver: Slow }]\n", {
    drivers: [{ "edited.ts": slow(1) }],
  });
  await until("psu1 is connected", async () => (await served.ask("GET /devices/psu1")).state === "connected");
  const call = served.ask("POST /devices/psu1/call", { method: "slow" }).catch((error) => String(error));
  await until("the call runs", async () => {
    const { calls } = await served.ask<{ calls: { method: string }[] }>("GET /calls");
    return calls.some(({ method }) => method === "slow");
  });
  await save(served, slow(2));
  match(String(await call), /Cannot call .*slow.* on .*psu1.*: it was ended because its driver was reloaded"/);
});

Deno.test("--no-reload keeps a driver as it is", async () => {
  await using served = await serveBench(BENCH, {
    drivers: ["counter.ts", { "edited.ts": edited(1) }],
    args: ["--no-reload"],
  });
  await save(served, edited(2));
  await served.ask("POST /devices/edited/disconnect");
  await served.ask("POST /devices/edited/connect");
  await using reader = await served.open("/stream/devices/edited");
  equal((await reader.next(isSample)).payload, 1);
  ok(!served.printed.stderr.includes("reloaded"), served.printed.stderr);
});

Deno.test("a device with `connect: false` stays disconnected when its driver is repaired", async () => {
  const bench = `devices:
  - { id: waits, driver: Edited, connect: false }
  - { id: out, driver: Edited, enabled: false }
  - { id: goes, driver: Edited, streaming: always }
`;
  await using served = await serveBench(bench, { drivers: [{ "edited.ts": "export default {" }] });
  await save(served, edited(1));
  await using reader = await served.open("/stream/devices/goes");
  await reader.next(isSample);
  const { devices } = await served.ask<{ devices: { device_id: string; state: string }[] }>("GET /devices");
  equal(devices.map(({ device_id, state }) => [device_id, state]), [
    ["waits", "disconnected"],
    ["out", "disconnected"],
    ["goes", "streaming"],
  ]);
  equal((await served.ask("POST /devices/waits/connect")).state, "connected");
  await served.ask("POST /devices/out/enable");
});
