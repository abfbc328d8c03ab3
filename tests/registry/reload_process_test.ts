import { deepStrictEqual as equal, match, ok, rejects } from "node:assert/strict";
import { LabDaemon } from "../../lib/daemon.ts";
import { type ErrorReport, LabError } from "../../lib/mod.ts";
import { type Bench, benchOf, isAlive } from "../support/bench.ts";
import { driversUntil } from "../support/drivers_of.ts";
import { allGone, hasProc, processesWith } from "../support/processes.ts";
import { Watch } from "../support/watch.ts";
import type { EventFields } from "../support/event_fields.ts";

/** What a version of the driver under test is made with, besides its number. */
interface Version {
  name?: string;
  params?: string;
  options?: string;
  head?: string;
  device?: string;
}

/** A driver that tells its version, by a method and in its summary, and counts on from what the daemon gives it. */
const counter = (
  version: unknown,
  { name = "Counter", params = "", options = "", head = "", device = "" }: Version = {},
) => `
  import { defineDriver, every } from "labdaemon/driver";
  import { z } from "zod";
  ${head}
  export default defineDriver({
    name: "${name}",
    summary: "version ${version}",
    params: z.object({ ${params} }),
    options: z.object({ sample_rate: z.number().positive().default(200), ${options} }),
    create: (params) => ({
      async *stream(signal, { sample_rate }) {
        yield* every(1000 / sample_rate, signal);
      },
      ${device}
    }),
    methods: {
      pid: { run: () => Deno.pid },
      version: { run: () => "${version}" },
    },
  });`;

const save = (bench: Bench, file: string, text: string) => Deno.writeTextFile(`${bench.folder}/${file}`, text);

/** Looks at the folder once, as a watch does when something has changed. */
const look = (bench: Bench) => bench.daemon.loadDrivers(bench.folder);

/** A bench that watches its folder. */
async function watched(...files: Parameters<typeof benchOf>): Promise<Bench> {
  const bench = await benchOf(...files);
  await bench.daemon.loadDrivers(bench.folder, { watch: true });
  return bench;
}

const summaries = ({ daemon }: Bench) =>
  daemon.drivers().map(({ file, name, summary, status, error }) => [file, name, summary ?? status, error?.message]);

const says = (pattern: RegExp) => ({ event, error }: EventFields) =>
  event === "device_state" && pattern.test((error as ErrorReport | undefined)?.message ?? "");

const isVersion = (version: unknown) => (drivers: { summary?: string }[]) =>
  drivers.some(({ summary }) => summary === `version ${version}`);

Deno.test("a saved driver is reloaded: its readers stay, numbers go on, one state tells, nothing is lost", async () => {
  await using bench = await watched({ "counter.ts": counter(1) });
  const device = await bench.daemon.addDevice("c1", "Counter");
  await device.connect();
  await device.startStreaming();
  using watch = new Watch(device);
  await watch.sample();
  const before = watch.events.length;

  await save(bench, "counter.ts", counter(2));
  const told = await watch.next(({ reason }) => reason === "reloaded");
  await watch.sample();
  equal(await device.call("version"), "2");

  equal(told.state, "streaming");
  const states = watch.events.slice(before).filter(({ event }) => event === "device_state");
  equal(states.length, 1);
  equal(watch.events.filter(({ event }) => event === "gap" || event === "stream_error"), []);
  equal(watch.sequences, watch.sequences.map((_, i) => watch.sequences[0] + i));
  equal(device.status().restarts, 0);
  equal(summaries(bench), [["counter.ts", "Counter", "version 2", undefined]]);
});

Deno.test("it does not matter how an editor saves", async (test) => {
  await using bench = await watched({ "counter.ts": counter(0) });
  const path = `${bench.folder}/counter.ts`;
  const ways: Record<string, (text: string) => Promise<void>> = {
    "writing over it": (text) => Deno.writeTextFile(path, text),
    "writing another file and renaming that": async (text) => {
      await Deno.writeTextFile(`${path}.tmp~`, text);
      await Deno.rename(`${path}.tmp~`, path);
    },
    "moving the old one away first": async (text) => {
      await Deno.rename(path, `${path}~`);
      await Deno.writeTextFile(path, text);
      await Deno.remove(`${path}~`);
    },
    "with the same size and the same time": async (text) => {
      const { mtime, size } = await Deno.stat(path);
      await Deno.writeTextFile(path, text);
      await Deno.utime(path, mtime!, mtime!);
      equal((await Deno.stat(path)).size, size);
    },
  };
  let version = 1;
  for (const [name, write] of Object.entries(ways)) {
    await test.step(name, async () => {
      await write(counter(version));
      await driversUntil(bench.daemon, isVersion(version++));
    });
  }
});

Deno.test("a burst of saves ends in the last version, by few reloads", async () => {
  await using bench = await watched({ "counter.ts": counter(0) });
  const device = await bench.daemon.addDevice("c1", "Counter");
  await device.connect();
  using watch = new Watch(device);
  for (let version = 1; version <= 20; version++) await save(bench, "counter.ts", counter(version));
  await driversUntil(bench.daemon, isVersion(20));
  await watch.next(({ reason }) => reason === "reloaded");
  await look(bench);
  if (device.state !== "connected") await watch.state("connected");
  equal(await device.call("version"), "20");
  const reloads = watch.events.filter(({ reason }) => reason === "reloaded").length;
  ok(reloads <= 3, `${reloads} reloads`);
});

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
  await look(bench);
  const [status] = daemon.drivers();
  equal([status.status, status.summary], ["loaded", "version 1"]);
  match(status.error!.message, /^Cannot load counter\.ts: .*(Unexpected|Expected|expected)/s);
  await watch.sample();
  equal(await device.call("pid"), pid);
  equal(watch.states.slice(1), []);
  equal(watch.events.filter(({ event }) => event !== "device_data" && event !== "device_state"), []);

  // Its process dies: the one that follows runs the same version.
  Deno.kill(pid as number, "SIGKILL");
  await watch.state("retrying");
  await watch.state("streaming");
  await watch.sample();
  equal(await device.call("version"), "1");
  ok(await device.call("pid") !== pid);

  // So does a new device, and one that asks for options.
  const other = await daemon.addDevice("c2", "Counter");
  await other.connect();
  await other.startStreaming(undefined, { gain: 2 });
  await rejects(other.startStreaming(undefined, { gian: 2 }), { code: "InvalidRequest" });
  equal(await other.call("version"), "1");

  await save(bench, "counter.ts", counter(2, { options }));
  await look(bench);
  await watch.next(({ reason }) => reason === "reloaded");
  equal(await device.call("version"), "2");
  equal(summaries(bench), [["counter.ts", "Counter", "version 2", undefined]]);
});

Deno.test("what is kept of a version is all that it was made of", async () => {
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
        methods: { tell: { run: () => [shared, typeof createParser, import.meta.filename].join() } },
      });`,
  });
  const device = await bench.daemon.addDevice("s1", "Shared");
  await device.connect();
  const before = await device.call("tell");
  equal(before, `10,V,3,function,function,${bench.folder}/shared.ts`);
  for (const file of ["_shared.ts", "limits.json", "shared.ts"]) await save(bench, file, "{{{");
  await device.disconnect();
  await device.connect();
  equal(await device.call("tell"), before);
});

Deno.test("a broken save that is undone leaves no trace, and nobody was disturbed", async () => {
  await using bench = await benchOf({ "counter.ts": counter(1) });
  const device = await bench.daemon.addDevice("c1", "Counter");
  await device.connect();
  const pid = await device.call("pid");
  await save(bench, "counter.ts", "throw new Error('half');");
  await look(bench);
  equal(summaries(bench)[0][3], "Cannot load counter.ts: half (counter.ts:1)");
  await save(bench, "counter.ts", counter(1));
  await look(bench);
  equal(summaries(bench), [["counter.ts", "Counter", "version 1", undefined]]);
  equal(await device.call("pid"), pid);
});

Deno.test("what was loaded stays what it is until somebody looks again, also for a device that connects anew", async () => {
  await using bench = await benchOf({ "counter.ts": counter(1) });
  const device = await bench.daemon.addDevice("c1", "Counter");
  await save(bench, "counter.ts", counter(2));
  await device.connect();
  equal(await device.call("version"), "1");
  await look(bench);
  await device.connect();
  equal(await device.call("version"), "2");
});

Deno.test("a driver that takes another's name is refused until that name is free", async () => {
  await using bench = await benchOf({ "a.ts": counter("a", { name: "A" }), "b.ts": counter("b", { name: "B" }) });
  const device = await bench.daemon.addDevice("b1", "B");
  await device.connect();
  await save(bench, "b.ts", counter("b2", { name: "A" }));
  await look(bench);
  equal(summaries(bench), [
    ["a.ts", "A", "version a", undefined],
    ["b.ts", "B", "version b", 'Cannot load driver "A" from b.ts: a.ts has that name'],
  ]);
  equal(await device.call("version"), "b");

  await Deno.remove(`${bench.folder}/a.ts`);
  await look(bench);
  equal(summaries(bench), [["b.ts", "A", "version b2", undefined]]);
  await device.connect();
  equal([await device.call("version"), device.type], ["b2", "A"]);
  await rejects(bench.daemon.addDevice("b2", "B"), { code: "DeviceTypeNotFound" });
});

Deno.test("a version that one device's params or options do not fit is refused for all, and says whose", async () => {
  await using bench = await watched({ "counter.ts": counter(1, { params: "port: z.string().default('A')" }) });
  const { daemon } = bench;
  const devices = [
    await daemon.addDevice("c1", "Counter"),
    await daemon.addDevice("c2", "Counter", { port: "B" }),
    await daemon.addDevice("c3", "Counter", {}, { options: { sample_rate: 5 } }),
  ];
  for (const device of devices) await device.connect();
  const pids = await Promise.all(devices.map((device) => device.call("pid")));

  await save(bench, "counter.ts", counter(2, { params: "port: z.enum(['A', 'C']).default('A')" }));
  let [{ error }] = await driversUntil(daemon, ([{ error }]) => error !== undefined);
  match(error!.message, /^Cannot use counter\.ts as it is now: "c2" does not fit it: port: .*"A"/);
  await save(bench, "counter.ts", counter(3, { params: "port: z.string().default('A')", options: "gain: z.number()" }));
  [{ error }] = await driversUntil(daemon, ([{ error }]) => error?.message.includes("c3") === true);
  match(error!.message, /^Cannot use counter\.ts as it is now: "c3" does not fit it: gain: /);
  equal(await Promise.all(devices.map((device) => device.call("pid"))), pids);
  equal(daemon.drivers()[0].summary, "version 1");

  // Who stood in its way has left.
  using watch = new Watch(devices[0]);
  await daemon.removeDevice("c3");
  await watch.next(({ reason }) => reason === "reloaded");
  equal(summaries(bench), [["counter.ts", "Counter", "version 3", undefined]]);
  equal(await devices[0].call("version"), "3");
});

Deno.test("a version that the options of a run do not fit is refused until that run is over", async () => {
  await using bench = await watched({ "counter.ts": counter(1, { options: "gain: z.number().optional()" }) });
  const device = await bench.daemon.addDevice("c1", "Counter");
  await device.connect();
  await device.startStreaming(undefined, { gain: 2 });
  await save(bench, "counter.ts", counter(2));
  const [{ error }] = await driversUntil(bench.daemon, ([{ error }]) => error !== undefined);
  match(error!.message, /"c1" does not fit it: gain: unknown key/);
  equal(device.isStreaming(), true);
  await device.stopStreaming();
  await driversUntil(bench.daemon, isVersion(2));
});

Deno.test("a device that its driver has made faulted comes to life with the version that is right", async () => {
  await using bench = await benchOf({
    "counter.ts": counter(1, { device: "connect: () => Deno.exit(3)," }),
  });
  const device = await bench.daemon.addDevice("c1", "Counter", {}, { restart: { maxRestarts: 0 } });
  using watch = new Watch(device);
  device.connect().catch(() => {});
  await watch.state("faulted");
  await save(bench, "counter.ts", counter(2));
  await look(bench);
  await watch.state("connected");
  equal(await device.call("version"), "2");
});

Deno.test("a device keeps the params and the grants that it was added with", async () => {
  const reader = (high: number) => `
    import { defineDriver } from "labdaemon/driver";
    import { z } from "zod";
    export default defineDriver({
      name: "Reader",
      params: z.object({ high: z.number().default(${high}), low: z.number().default(0) }),
      create: ({ high, low }) => ({ async tell() { return [low, high, await Deno.readTextFile("/etc/hostname") !== ""]; } }),
      methods: { tell: { run: (device) => device.tell() } },
    });`;
  await using bench = await benchOf({ "reader.ts": reader(10) });
  const permissions = { add: { read: ["/etc/hostname"] } };
  const device = await bench.daemon.addDevice("r1", "Reader", { low: 3 }, { permissions });
  await device.connect();
  equal(await device.call("tell"), [3, 10, true]);
  await save(bench, "reader.ts", reader(20));
  await look(bench);
  await device.connect();
  equal(await device.call("tell"), [3, 20, true]);
  equal(device.status().params, { low: 3, high: 20 });
});

Deno.test("a new file is a new type, and brings to life the devices that waited for it", async () => {
  await using bench = await watched();
  const { daemon } = bench;
  const wait = async (id: string, options = {}) => {
    const error = await daemon.addDevice(id, "Counter").then(() => undefined, (error: LabError) => error);
    return daemon.addFailedDevice(id, "Counter", {}, error!, options);
  };
  const device = await wait("c1", { streaming: "always", options: { sample_rate: 500 } });
  const idle = await wait("c2", { connect: false });
  const misfit = daemon.addFailedDevice(
    "c3",
    "Counter",
    { nonsense: 1 },
    new LabError("DeviceTypeNotFound", "no type"),
  );
  using watch = new Watch(device);
  using misfitWatch = new Watch(misfit);
  if (device.state !== "faulted") await watch.state("faulted");
  if (misfit.state !== "faulted") await misfitWatch.state("faulted");

  await save(bench, "counter.ts", "export default 5;");
  await watch.next(says(/"c1": .*Not loaded: counter\.ts: .*defineDriver/));

  await save(bench, "counter.ts", counter(1));
  await watch.sample();
  equal([device.type, await device.call("version")], ["Counter", "1"]);
  await driversUntil(daemon, isVersion(1));
  equal(idle.state, "disconnected");
  await idle.connect();
  equal(await idle.call("version"), "1");
  await misfitWatch.next(says(/"c3": .*nonsense/));
  equal(misfit.state, "faulted");

  await save(bench, "counter.ts", counter(2, { params: "nonsense: z.number().optional()" }));
  await misfitWatch.state("connected");
  equal(await misfit.call("version"), "2");
});

Deno.test("a deleted file's type goes with its last device, and says so until then", async () => {
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
  match(error!.message, /^Cannot find b\.ts: it is gone\. .* for b1/);
  await rejects(daemon.addDevice("a1", "A"), { code: "DeviceTypeNotFound" });

  await device.disconnect();
  await device.connect();
  equal(await device.call("version"), "b");
  await daemon.removeDevice("b1");
  await driversUntil(daemon, (drivers) => drivers.length === 0);
});

Deno.test("a file that is gone may come back, or under another name: its devices go with it", async () => {
  await using bench = await benchOf({ "counter.ts": counter(1) });
  const device = await bench.daemon.addDevice("c1", "Counter");
  await device.connect();
  const pid = await device.call("pid");
  await Deno.rename(`${bench.folder}/counter.ts`, `${bench.folder}/counting.ts`);
  await look(bench);
  equal(summaries(bench), [["counting.ts", "Counter", "version 1", undefined]]);
  await device.connect();
  ok(await device.call("pid") !== pid);

  await Deno.rename(`${bench.folder}/counting.ts`, `${bench.folder}/away`);
  await look(bench);
  await save(bench, "counting.ts", counter(2));
  await look(bench);
  equal(summaries(bench), [["counting.ts", "Counter", "version 2", undefined]]);
  await device.connect();
  equal(await device.call("version"), "2");
});

Deno.test("what a driver imports, however far down, is part of it; nothing else is", async () => {
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
    await look(bench);
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

Deno.test("a file behind a symbolic link is seen to change, though no event tells", async () => {
  const elsewhere = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await using bench = await watched();
    await Deno.writeTextFile(elsewhere, counter(1));
    await Deno.symlink(elsewhere, `${bench.folder}/counter.ts`);
    await driversUntil(bench.daemon, isVersion(1));
    await Deno.writeTextFile(elsewhere, counter(2));
    await driversUntil(bench.daemon, isVersion(2));
  } finally {
    await Deno.remove(elsewhere);
  }
});

Deno.test("a device that is added, or connecting, while its driver is reloaded gets the new version", async () => {
  const slow = `await new Promise((resolve) => setTimeout(resolve, 300));`;
  await using bench = await benchOf({ "counter.ts": counter(1, { head: slow }) });
  const { daemon } = bench;
  const first = await daemon.addDevice("c0", "Counter");
  const connecting = first.connect();
  await save(bench, "counter.ts", counter(2));
  const looking = look(bench);
  const adding = Promise.all(["c1", "c2", "c3"].map((id) => daemon.addDevice(id, "Counter")));
  await looking;
  await connecting;
  for (const device of [first, ...await adding]) {
    await device.connect();
    equal(await device.call("version"), "2");
  }
});

Deno.test("a daemon that stops does not wait for a file that never loads, nor leave it behind", async () => {
  const bench = await benchOf({ "counter.ts": counter(1) });
  await save(bench, "counter.ts", `console.log("here"); setInterval(() => {}, 1000); await new Promise(() => {});`);
  const looking = look(bench).catch(() => {});
  await bench[Symbol.asyncDispose]();
  await looking;
  if (hasProc) await allGone(bench.folder);
});

Deno.test("a library that does not ask for it watches nothing", async () => {
  await using bench = await benchOf({ "counter.ts": counter(1) });
  let told = 0;
  const stop = bench.daemon.listen({ drivers: () => told++ });
  await using watching = new LabDaemon();
  await watching.loadDrivers(bench.folder, { watch: true });
  await save(bench, "counter.ts", counter(2));
  await driversUntil(watching, isVersion(2));
  equal(told, 0);
  equal(bench.daemon.drivers()[0].summary, "version 1");
  stop();
});

Deno.test({
  name: "sixty reloads leave no process and no memory behind",
  ignore: !hasProc,
  async fn() {
    await using bench = await benchOf({ "counter.ts": counter(0) });
    const device = await bench.daemon.addDevice("c1", "Counter");
    await device.connect();
    await device.startStreaming();
    using watch = new Watch(device);
    const pids = new Set<number>();
    const reload = async (version: number) => {
      await save(bench, "counter.ts", counter(version));
      await look(bench);
      await watch.next(({ reason }) => reason === "reloaded");
      pids.add(await device.call("pid") as number);
      equal(await device.call("version"), String(version));
    };
    const resident = () => Number(/^VmRSS:\s+(\d+)/m.exec(Deno.readTextFileSync("/proc/self/status"))![1]);
    for (let version = 1; version <= 5; version++) await reload(version);
    const before = resident();
    for (let version = 6; version <= 65; version++) await reload(version);
    const grown = (resident() - before) / 1024;

    ok(grown < 60, `${grown.toFixed(1)} MiB more after sixty reloads`);
    equal(pids.size, 65);
    equal([...pids].filter(isAlive).length, 1);
    // Its own, and whoever still answers for the schemas.
    const left = processesWith(bench.folder);
    ok(left.length <= 2, `${left.length} processes`);
    equal(watch.events.filter(({ event }) => event === "gap" || event === "stream_error"), []);
    equal(watch.sequences, watch.sequences.map((_, i) => watch.sequences[0] + i));
  },
});
