import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { allGone, allStarted, hasProc, processesWith } from "../support/processes.ts";
import { serveBench, type ServedBench } from "../support/served_bench.ts";
import { until } from "../support/until.ts";

interface Status {
  device_id: string;
  state: string;
  disabled: boolean;
}

async function statuses(bench: ServedBench): Promise<Record<string, [state: string, disabled: boolean]>> {
  const { devices } = await bench.ask<{ devices: Status[] }>("GET /devices");
  return Object.fromEntries(devices.map(({ device_id, state, disabled }) => [device_id, [state, disabled]]));
}

/** The status and type of error with which a request is refused. */
async function refused(bench: ServedBench, path: string, body?: unknown): Promise<[status: number, type: string]> {
  const json = { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
  const response = await fetch(bench.url + path, { method: "POST", ...body ? json : {} });
  const { error } = await response.json();
  return [response.status, error?.type];
}

/** The delay of further attempts: each costs a process. */
const restart = "restart: { initial_delay: 1min, max_delay: 1min }";

const BENCH = `
devices:
  - { id: count1, driver: Counter, streaming: always }
  - { id: wild1, driver: Unruly, params: { where: create, how: blocks }, ${restart}, limits: { heartbeat_timeout: 1s } }
  - { id: wild2, driver: Unruly, params: { where: connect, how: exits }, ${restart} }
  - { id: off1, driver: Counter, connect: false }
`;
const drivers = ["counter.ts", "unruly.ts"];

Deno.test("--safe starts with every device disabled; each can be enabled", async () => {
  await using bench = await serveBench(BENCH, { drivers, args: ["--safe"] });
  const off = ["disconnected", true];
  equal(await statuses(bench), { count1: off, wild1: off, wild2: off, off1: off });
  equal(await refused(bench, "/devices/count1/connect"), [409, "DeviceDisabled"]);
  const callPid = () => refused(bench, "/devices/count1/call", { method: "pid" });
  // On a busy machine a device gets its methods a moment after it is listed.
  await until("it has its methods", async () => (await callPid())[1] !== "MethodNotFound");
  equal(await callPid(), [409, "DeviceDisabled"]);

  await using reader = await bench.open("/stream?devices=*");
  await bench.ask("POST /devices/count1/enable");
  await reader.sample();
  // Enabled is as the bench file has it: this one is not connected at the start.
  await bench.ask("POST /devices/off1/enable");
  equal(await statuses(bench), {
    count1: ["streaming", false],
    wild1: off,
    wild2: off,
    off1: ["disconnected", false],
  });
  await bench.ask("POST /devices/off1/connect");
});

Deno.test("a device that the bench file disables does nothing until it is enabled; any can be disabled whatever its driver does", async () => {
  const disabled = "  - { id: count2, driver: Counter, streaming: always, enabled: false }\n";
  await using bench = await serveBench(BENCH + disabled, { drivers });
  await using counts = await bench.open("/stream/devices/count2");
  equal([(await counts.next()).state, (await statuses(bench)).count2], ["disconnected", ["disconnected", true]]);
  await bench.ask("POST /devices/count2/enable");
  await counts.sample();

  await using reader = await bench.open("/stream?devices=wild1,wild2,count1");
  await reader.next(({ device_id, state }) => device_id === "wild2" && state === "retrying");
  for (const id of ["wild1", "wild2", "count1"]) {
    const once = await bench.ask<Status>(`POST /devices/${id}/disable`);
    equal([once.state, once.disabled], ["disconnected", true]);
    equal((await bench.ask<Status>(`POST /devices/${id}/disable`)).disabled, true);
    equal(await refused(bench, `/devices/${id}/connect`), [409, "DeviceDisabled"]);
    equal(await refused(bench, `/devices/${id}/stream/start`), [409, "DeviceDisabled"]);
    equal((await statuses(bench))[id], ["disconnected", true]);
  }
  await bench.ask("POST /devices/count1/enable");
  const { sequence } = await reader.next(({ event, device_id }) => event === "device_data" && device_id === "count1");
  ok(sequence! >= 0);
  equal((await bench.ask<Status>("POST /devices/count1/enable")).disabled, false);
});

Deno.test({
  name: "a killed daemon leaves neither a driver that hangs nor its grandchildren behind",
  ignore: !hasProc,
  async fn() {
    const seconds = `86401.${Deno.pid}`;
    await using bench = await serveBench(
      "devices: [{ id: wild1, driver: Unruly, permissions: { add: { run: [sleep] } } }]",
      { drivers },
    );
    await bench.ask("POST /devices/wild1/connect");
    await bench.ask("POST /devices/wild1/call", { method: "spawn", kwargs: { seconds } });
    // One that loops until the daemon is killed is in `orphan_reaper_process_test.ts`: it takes a core for three seconds.
    const hanging = refused(bench, "/devices/wild1/call", { method: "misbehave", kwargs: { how: "blocks" } }).catch(
      () => {},
    );
    await bench.untilPrinted("stderr", /here it comes/);
    await allStarted(seconds, 1);
    ok(processesWith(bench.folder).length >= 2);
    bench.kill("SIGKILL");
    await hanging;
    await allGone(bench.folder);
    await allGone(seconds);
  },
});

Deno.test({
  name: "a stopped daemon ends a driver that ignores SIGTERM, and everything it has started",
  ignore: !hasProc,
  async fn() {
    const seconds = `86402.${Deno.pid}`;
    await using bench = await serveBench(
      "devices: [{ id: wild1, driver: Unruly, permissions: { add: { run: [sleep] } } }]",
      { drivers },
    );
    await bench.ask("POST /devices/wild1/connect");
    await bench.ask("POST /devices/wild1/call", { method: "spawn", kwargs: { seconds } });
    await bench.ask("POST /devices/wild1/call", { method: "stay" });
    bench.kill("SIGTERM");
    equal((await bench.status).code, 0);
    match(bench.printed.stderr, /wild1: no/);
    await allGone(bench.folder);
    await allGone(seconds);
  },
});
