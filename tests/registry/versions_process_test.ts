import { deepStrictEqual as equal, match, ok, rejects } from "node:assert/strict";
import { benchOf } from "../support/bench.ts";
import { counter, save, scan, summaries } from "../support/driver_versions.ts";
import { Watch } from "../support/watch.ts";

Deno.test("while the newer file is broken, the older version is the driver in every way", async () => {
  const options = "gain: z.number().optional()";
  await using bench = await benchOf({ "counter.ts": counter(1, { options }) });
  const { daemon } = bench;
  const device = await daemon.addDevice("c1", "Counter", {}, { restart: { initialDelayMs: 1 } });
  await device.connect();
  await device.startStreaming();
  using watch = new Watch(device);
  await watch.sample();
  const pid = await device.call("pid");

  await save(bench, "counter.ts", "export default {");
  await scan(bench);
  const [status] = daemon.drivers();
  equal([status.status, status.summary], ["loaded", "version 1"]);
  match(status.error!.message, /^Cannot load counter\.ts: .*(Unexpected|Expected|expected)/s);
  await watch.sample();
  equal(await device.call("pid"), pid);
  equal(watch.states.slice(1), []);
  equal(watch.events.filter(({ event }) => event !== "device_data" && event !== "device_state"), []);

  // After its process is killed, the next one runs the same version.
  Deno.kill(pid as number, "SIGKILL");
  await watch.state("retrying");
  await watch.state("streaming");
  await watch.sample();
  equal(await device.call("version"), "1");
  ok(await device.call("pid") !== pid);

  // A new device runs it too, with its options.
  const other = await daemon.addDevice("c2", "Counter");
  await other.connect();
  await other.startStreaming(undefined, { gain: 2 });
  await rejects(other.startStreaming(undefined, { gian: 2 }), { code: "InvalidRequest" });
  equal(await other.call("version"), "1");

  await save(bench, "counter.ts", counter(2, { options }));
  await scan(bench);
  await watch.next(({ reason }) => reason === "reloaded");
  equal(await device.call("version"), "2");
  equal(summaries(bench), [["counter.ts", "Counter", "version 2", undefined]]);
});

Deno.test("a kept version includes everything that its driver imports", async () => {
  await using bench = await benchOf({
    "_shared.ts": `import limits from "./limits.json" with { type: "json" };
      import { EventEmitter } from "node:events";
      export enum Unit { Volt = "V" }
      export class Scale { constructor(readonly factor: number) {} }
      export const shared = [limits.high, Unit.Volt, new Scale(3).factor, typeof EventEmitter].join();`,
    "limits.json": `{ "high": 10 }`,
    "shared.ts": `import { defineDriver } from "labdaemon/driver";
      import { createParser } from "npm:eventsource-parser@4.1.3";
      import { shared } from "./_shared.ts";
      export default defineDriver({
        name: "Shared",
        create: () => ({}),
        methods: { imports: { run: () => [shared, typeof createParser, import.meta.filename].join() } },
      });`,
  });
  const device = await bench.daemon.addDevice("s1", "Shared");
  await device.connect();
  const before = await device.call("imports");
  equal(before, `10,V,3,function,function,${bench.folder}/shared.ts`);
  for (const file of ["_shared.ts", "limits.json", "shared.ts"]) await save(bench, file, "{{{");
  await device.disconnect();
  await device.connect();
  equal(await device.call("imports"), before);
});

Deno.test("a version includes a driver's imports at any depth, and no other file", async () => {
  await using bench = await benchOf({
    "user.ts": counter(1, { name: "User", head: `import "./_shared.ts";` }),
    "other.ts": counter(1, { name: "Other" }),
    "_shared.ts": `export * from "./_deeper.ts";`,
    "_deeper.ts": `import text from "./data.json" with { type: "json" }; export default text;`,
    "data.json": "1",
    "_unused.ts": "export {};",
  });
  const { daemon, folder } = bench;
  const user = await daemon.addDevice("u1", "User");
  const other = await daemon.addDevice("o1", "Other");
  await Promise.all([user.connect(), other.connect()]);
  const pids = async () => {
    await Promise.all([user.connect(), other.connect()]);
    return await Promise.all([user.call("pid"), other.call("pid")]);
  };
  let [userPid, otherPid] = await pids();
  const isReloaded = async () => {
    await scan(bench);
    const [pid, stays] = await pids();
    equal(stays, otherPid);
    const changed = pid !== userPid;
    userPid = pid;
    return changed;
  };

  await save(bench, "data.json", "2");
  equal(await isReloaded(), true);
  await save(bench, "_deeper.ts", "throw new Error('deep down');");
  equal(await isReloaded(), false);
  match(
    daemon.drivers().find(({ name }) => name === "User")!.error!.message,
    /^Cannot load user\.ts: deep down \(_deeper\.ts:1\)$/,
  );
  await save(bench, "_deeper.ts", `import "./_missing.ts"; export {};`);
  equal(await isReloaded(), false);
  await save(bench, "_missing.ts", "export {};");
  equal(await isReloaded(), true);

  const now = new Date();
  await Deno.utime(`${folder}/user.ts`, now, now);
  await save(bench, "_unused.ts", "export const a = 1;");
  await save(bench, "user_test.ts", "throw new Error('a test');");
  await save(bench, "notes.md", "# notes");
  await save(bench, "data.json.bak", "3");
  equal(await isReloaded(), false);
  equal(daemon.drivers().length, 2);
  [userPid, otherPid] = await pids();
});

Deno.test("a broken save that is undone leaves no error, and no device was disturbed", async () => {
  await using bench = await benchOf({ "counter.ts": counter(1) });
  const device = await bench.daemon.addDevice("c1", "Counter");
  await device.connect();
  const pid = await device.call("pid");
  await save(bench, "counter.ts", "throw new Error('half');");
  await scan(bench);
  equal(summaries(bench)[0][3], "Cannot load counter.ts: half (counter.ts:1)");
  await save(bench, "counter.ts", counter(1));
  await scan(bench);
  equal(summaries(bench), [["counter.ts", "Counter", "version 1", undefined]]);
  equal(await device.call("pid"), pid);
});

Deno.test("a version stays in use until the next scan, also for a device that reconnects", async () => {
  await using bench = await benchOf({ "counter.ts": counter(1) });
  const device = await bench.daemon.addDevice("c1", "Counter");
  await save(bench, "counter.ts", counter(2));
  await device.connect();
  equal(await device.call("version"), "1");
  await scan(bench);
  await device.connect();
  equal(await device.call("version"), "2");
});

Deno.test("the processes of drivers leave nothing in the user's cache of Deno", async () => {
  await using bench = await benchOf({ "counter.ts": counter(1) });
  await (await bench.daemon.addDevice("c1", "Counter")).connect();
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  const { typescriptCache } = JSON.parse(new TextDecoder().decode(stdout));
  await rejects(Deno.stat(`${typescriptCache}/file${bench.folder}`), Deno.errors.NotFound);
});
