import { deepStrictEqual as equal, match, ok, rejects } from "node:assert/strict";
import { type ErrorReport, LabError } from "../../lib/mod.ts";
import { benchOf } from "../support/bench.ts";
import { counter, isVersion, save, scan, summaries, watched } from "../support/driver_versions.ts";
import { driversUntil } from "../support/drivers_of.ts";
import type { EventFields } from "../support/event_fields.ts";
import { Watch } from "../support/watch.ts";

/** True of a `device_state` event whose error's message matches. */
const hasError = (pattern: RegExp) => ({ event, error }: EventFields) =>
  event === "device_state" && pattern.test((error as ErrorReport | undefined)?.message ?? "");

Deno.test("a new file is a new type, and its waiting devices are made", async () => {
  await using bench = await watched();
  const { daemon } = bench;
  const wait = async (id: string, options = {}) => {
    const error = await daemon.addDevice(id, "Counter").then(() => undefined, (error: LabError) => error);
    return daemon.addFailedDevice(id, "Counter", {}, error!, options);
  };
  const device = await wait("c1", { streaming: "always", options: { sample_rate: 500 } });
  const idle = await wait("c2", { connect: false });
  const mismatched = daemon.addFailedDevice(
    "c3",
    "Counter",
    { nonsense: 1 },
    new LabError("DeviceTypeNotFound", "no type"),
  );
  using watch = new Watch(device);
  using mismatchedWatch = new Watch(mismatched);
  if (device.state !== "faulted") await watch.state("faulted");
  if (mismatched.state !== "faulted") await mismatchedWatch.state("faulted");

  await save(bench, "counter.ts", "export default 5;");
  await watch.next(hasError(/"c1": .*Not loaded: counter\.ts: .*defineDriver/));

  await save(bench, "counter.ts", counter(1));
  await watch.sample();
  equal([device.type, await device.call("version")], ["Counter", "1"]);
  await driversUntil(daemon, isVersion(1));
  equal(idle.state, "disconnected");
  await idle.connect();
  equal(await idle.call("version"), "1");
  await mismatchedWatch.next(hasError(/"c3": .*nonsense/));
  equal(mismatched.state, "faulted");

  await save(bench, "counter.ts", counter(2, { params: "nonsense: z.number().optional()" }));
  await mismatchedWatch.state("connected");
  equal(await mismatched.call("version"), "2");
});

Deno.test("a device whose driver was loaded while the device was being added is made, and does not wait for ever", async () => {
  await using bench = await watched();
  const { daemon } = bench;
  const error = await daemon.addDevice("c1", "Counter").then(() => undefined, (error: LabError) => error);
  await save(bench, "counter.ts", counter(1));
  await driversUntil(daemon, isVersion(1));
  const device = daemon.addFailedDevice("c1", "Counter", {}, error!);
  using watch = new Watch(device);
  if (device.state !== "connected") await watch.state("connected");
  equal(await device.call("version"), "1");
});

Deno.test("a deleted file's type is removed with its last device, and has an error until then", async () => {
  await using bench = await watched({ "a.ts": counter("a", { name: "A" }), "b.ts": counter("b", { name: "B" }) });
  const { daemon, folder } = bench;
  const device = await daemon.addDevice("b1", "B");
  await device.connect();
  for (const file of ["a.ts", "b.ts"]) await Deno.remove(`${folder}/${file}`);
  const [{ name, status, error }] = await driversUntil(
    daemon,
    ([first]) => first.name === "B" && first.error !== undefined,
  );
  equal([name, status, error!.type], ["B", "loaded", "NotFound"]);
  match(error!.message, /^Cannot find b\.ts: it was deleted\. .* for b1/);
  await rejects(daemon.addDevice("a1", "A"), { code: "DeviceTypeNotFound" });

  await device.disconnect();
  await device.connect();
  equal(await device.call("version"), "b");
  await daemon.removeDevice("b1");
  await driversUntil(daemon, (drivers) => drivers.length === 0);
});

Deno.test("a deleted file may come back, or under another name, and its devices use it", async () => {
  await using bench = await benchOf({ "counter.ts": counter(1) });
  const device = await bench.daemon.addDevice("c1", "Counter");
  await device.connect();
  const pid = await device.call("pid");
  await Deno.rename(`${bench.folder}/counter.ts`, `${bench.folder}/counting.ts`);
  await scan(bench);
  equal(summaries(bench), [["counting.ts", "Counter", "version 1", undefined]]);
  await device.connect();
  ok(await device.call("pid") !== pid);

  await Deno.rename(`${bench.folder}/counting.ts`, `${bench.folder}/away`);
  await scan(bench);
  await save(bench, "counting.ts", counter(2));
  await scan(bench);
  equal(summaries(bench), [["counting.ts", "Counter", "version 2", undefined]]);
  await device.connect();
  equal(await device.call("version"), "2");
});
