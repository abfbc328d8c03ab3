import { deepStrictEqual as equal, match } from "node:assert/strict";
import { benchOf } from "../support/bench.ts";
import { counter, save, scan, summaries } from "../support/driver_versions.ts";

const ERROR = 'Cannot use the driver "Counter": 2 files declare it: counter - Copy.ts, counter.ts. ' +
  "Keep one in the folder, or give the others another name";

Deno.test("at the start a file and its copy are both refused, and the device names them", async () => {
  await using bench = await benchOf({ "counter.ts": counter("new"), "counter - Copy.ts": counter("old") });
  equal(summaries(bench), [
    ["counter - Copy.ts", "Counter", "failed", ERROR],
    ["counter.ts", "Counter", "failed", ERROR],
  ]);

  const error = await bench.daemon.addDevice("c1", "Counter").catch((error) => error);
  equal([error.code, error.message], ["DeviceTypeNotFound", `Cannot add device "c1": ${ERROR}`]);
  const device = bench.daemon.addFailedDevice("c1", "Counter", {}, error);
  await device.connect().catch(() => {});
  match(device.status().last_error!.message, /counter - Copy\.ts, counter\.ts/);

  await Deno.remove(`${bench.folder}/counter - Copy.ts`);
  await scan(bench);
  equal(summaries(bench), [["counter.ts", "Counter", "version new", undefined]]);
  await device.connect();
  equal(await device.call("version"), "new");
  equal(device.status().last_error, null);
});

Deno.test("a copy beside a running driver is refused, and the running version keeps running", async () => {
  await using bench = await benchOf({ "counter.ts": counter("new") });
  const device = await bench.daemon.addDevice("c1", "Counter");
  await device.connect();

  await save(bench, "counter - Copy.ts", counter("old"));
  await scan(bench);
  equal(summaries(bench), [
    ["counter - Copy.ts", "Counter", "failed", ERROR],
    ["counter.ts", "Counter", "version new", ERROR],
  ]);
  await device.disconnect();
  await device.connect();
  equal(await device.call("version"), "new");

  // Neither of them is loaded while there are two.
  await save(bench, "counter.ts", counter("newer"));
  await scan(bench);
  equal(summaries(bench).map(([, , summary]) => summary), ["failed", "version new"]);

  await Deno.remove(`${bench.folder}/counter - Copy.ts`);
  await scan(bench);
  equal(summaries(bench), [["counter.ts", "Counter", "version newer", undefined]]);
});

Deno.test("a copy that loads faster than the driver does not take over", async () => {
  const slow = counter("new", { head: "await new Promise((resolve) => setTimeout(resolve, 1_500));" });
  await using bench = await benchOf();
  await save(bench, "counter - Copy.ts", counter("old"));
  await save(bench, "counter.ts", slow);
  const both = Promise.withResolvers<void>();
  const stop = bench.daemon.listen({
    drivers: () => bench.daemon.drivers().every(({ error }) => error?.message === ERROR) && both.resolve(),
  });
  await bench.daemon.loadDrivers(bench.folder, { patience: 1 });
  await both.promise;
  stop();
  equal(summaries(bench).map(([, , status]) => status), ["failed", "failed"]);
});
