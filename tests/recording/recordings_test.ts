/** Recordings of a bench: what is stored, what happens to it when something breaks, and what is reported. */
import { deepStrictEqual as equal, match, ok, rejects } from "node:assert/strict";
import { defineDriver, stamped } from "../../lib/driver/mod.ts";
import { payloadsIn, recordingBench, storyOf } from "../support/recording_bench.ts";
import { until } from "../support/until.ts";

Deno.test("a recording holds each sample and event of its device, as they were streamed", async () => {
  await using it = await recordingBench();
  await it.device.connect();
  const run = await it.recordings.start({ name: "run 42", note: "first" });
  await it.push(1, { deep: [2, null] }, "drei ✓");
  await it.recordings.stop(run);
  const events = it.stored("run-42");
  equal(payloadsIn(events), [1, { deep: [2, null] }, "drei ✓"]);
  equal(storyOf(events), "descriptor connected streaming data data data");
  const streamed = it.watch.events.filter(({ event }) => event === "device_data");
  equal(events.filter(({ event }) => event === "device_data"), streamed);
  const { contents, state, notes } = it.recordings.statusOf(run);
  equal([state, notes[0].text, contents.map(({ samples, lost }) => [samples, lost])], ["stopped", "first", [[3, 0]]]);
});

Deno.test("a descriptor has what the samples mean: driver, params, options, units of properties, versions", async () => {
  await using it = await recordingBench();
  const run = await it.recordings.start({ name: "run" });
  await it.recordings.stop(run);
  const [descriptor] = it.stored("run") as Record<string, unknown>[];
  const { device_type, params, options, properties, versions, time_zone, utc_offset, instrument_clock } = descriptor;
  equal([device_type, params, options], ["Scripted", { port: "A" }, {}]);
  equal((properties as { schema: { unit?: string } }[])[0].schema.unit, "V");
  ok(versions && typeof time_zone === "string");
  equal([utc_offset, instrument_clock], [0 - 60 * new Date().getTimezoneOffset(), null]);
});

Deno.test("a device is described again when the clock of its instrument has become known", async () => {
  await using it = await recordingBench();
  const more = Promise.withResolvers<void>();
  const Clocked = defineDriver({
    name: "Clocked",
    create: () => ({
      async *stream() {
        await more.promise;
        yield stamped(new Date(Date.now() - 5_000), 1);
      },
    }),
  });
  it.daemon.registerPlugins({ devices: { Clocked } });
  const clocked = await it.daemon.addDevice("gps1", "Clocked");
  await clocked.connect();
  const run = await it.recordings.start({ name: "run", devices: ["gps1"] });
  const descriptors = () => it.stored("run").filter(({ event }) => event === "descriptor");
  await until("the device is described", () => descriptors().length === 1);
  more.resolve();
  await until("it is described again", () => descriptors().length > 1);
  await it.recordings.stop(run);
  const [before, after] = descriptors().map(({ instrument_clock }) => instrument_clock as { offset: number } | null);
  equal(before, null);
  ok(Math.abs(after!.offset - 5) < 2, `${after!.offset}`);
});

Deno.test("a recorder that is killed goes on where it was: nothing is lost, and nothing is stored twice", async () => {
  await using it = await recordingBench();
  it.recorders.commits = false;
  await it.device.connect();
  const run = await it.recordings.start({ name: "run" });
  await it.push(1, 2);
  await it.device.setProperty("level", 4);
  it.recorders.kill();
  await it.push(3);
  it.recorders.commits = true;
  await it.recordings.stop(run);
  equal(payloadsIn(it.stored("run")), [1, 2, 3]);
  equal(it.stored("run").filter(({ event, value }) => event === "property" && value === 4).length, 1);
  ok(it.recorders.starts > 1);
  equal(it.recordings.recorderRestarts, it.recorders.starts - 1);
});

Deno.test("a daemon that starts again goes on with a recording, behind a gap of unknown size", async () => {
  const folder = await Deno.makeTempDir({ prefix: "recordings" });
  {
    await using first = await recordingBench(folder);
    await first.device.connect();
    await first.recordings.start({ name: "run" });
    await first.push(1, 2);
  }
  {
    await using second = await recordingBench(folder);
    const run = second.recordings.get("run");
    equal(second.recordings.statusOf(run).state, "recording");
    await second.device.connect();
    await second.push(3);
    await second.recordings.stop(run);
    const events = second.stored("run");
    equal(payloadsIn(events), [1, 2, 3]);
    const gap = events.find(({ event }) => event === "gap")!;
    equal([gap.from, gap.to, gap.lost, gap.reason], [2, null, null, "restart"]);
    equal(second.recordings.statusOf(run).contents.map(({ samples }) => samples), [3]);
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("recordings that are opened again within a run of the daemon go on without a gap", async () => {
  await using it = await recordingBench();
  await it.device.connect();
  await it.recordings.start({ name: "run" });
  await it.push(1);
  await it.reopen();
  await it.push(2);
  await it.recordings.stop(it.recordings.get("run"));
  const events = it.stored("run");
  equal([payloadsIn(events), events.filter(({ event }) => event === "gap")], [[1, 2], []]);
});

Deno.test("recording stops while the disk is full, and goes on with what the ring still has", async () => {
  await using it = await recordingBench();
  await it.device.connect();
  const run = await it.recordings.start({ name: "run" });
  await it.push(1);
  it.recorders.pause("the disk is full");
  await it.push(2);
  equal([it.recordings.storage.state, it.recordings.storage.reason], ["paused", "the disk is full"]);
  equal(it.recordings.statusOf(run).state, "paused");
  it.recorders.resume();
  await it.recordings.stop(run);
  const events = it.stored("run");
  equal(payloadsIn(events), [1, 2]);
  equal(events.find(({ event }) => event === "recording")?.reason, "the disk is full");
});

Deno.test("a device that is removed and added again goes on in the recording", async () => {
  await using it = await recordingBench();
  await it.device.connect();
  const run = await it.recordings.start({ name: "run", devices: ["*"] });
  await it.push(1);
  await it.daemon.removeDevice("daq1");
  const again = await it.daemon.addDevice("daq1", "Scripted");
  await again.connect();
  it.instrument.push(2);
  const { sequence } = again.log;
  while (again.log.sequence === sequence) await new Promise((resolve) => again.log.subscribe(() => resolve(null)));
  await it.recordings.stop(run);
  const events = it.stored("run");
  equal(payloadsIn(events), [1, 2]);
  match(storyOf(events), /disconnected descriptor .*streaming( property)* data/);
});

Deno.test("a recording that runs cannot be deleted; one that has stopped is deleted with its data", async () => {
  await using it = await recordingBench();
  const run = await it.recordings.start({ name: "run" });
  await rejects(it.recordings.delete(run), { code: "RecordingActive" });
  await it.recordings.stop(run);
  await it.recordings.delete(run);
  equal([it.recordings.all.length, [...Deno.readDirSync(it.folder)].length], [0, 0]);
});

Deno.test("to delete a recording that was stopped while the disk is full was answered by the advice to stop it: the answer says that it is stopping", async () => {
  await using it = await recordingBench();
  await it.device.connect();
  const run = await it.recordings.start({ name: "run" });
  await it.push(1);
  it.recorders.pause("the disk is full");
  const stopped = it.recordings.stop(run);
  await rejects(it.recordings.delete(run), /"run": it is stopping, and not all of it is stored$/);
  it.recorders.resume();
  await stopped;
  await it.recordings.delete(run);
  equal(it.recordings.all.length, 0);
});

Deno.test("a recording of a device that is not there, and one whose end is over, are refused", async () => {
  await using it = await recordingBench();
  await rejects(it.recordings.start({ name: "run", devices: ["daq9"] }), { code: "DeviceNotFound" });
  await rejects(it.recordings.start({ name: "run", until: "2001-01-01T00:00:00Z" }), /which is over/);
  await rejects(it.recordings.start({ name: "run", until: "soon" }), { code: "InvalidRequest" });
  equal(it.recordings.all.length, 0);
});

Deno.test("a recording began in the folder of an old one that the daemon did not know, and replaced its description: it gets a folder of its own", async () => {
  const folder = await Deno.makeTempDir({ prefix: "recordings" });
  const unreadable = `${folder}/r2/recording.json`;
  {
    await using it = await recordingBench(folder);
    await it.device.connect();
    for (const name of ["r2", "r3"]) {
      const old = await it.recordings.start({ name });
      await it.push(name);
      await it.recordings.stop(old);
    }
    await Deno.writeTextFile(unreadable, "");
    await it.reopen();
    await Deno.rename(`${folder}/r3`, `${folder}/run42`);
    const copied = await Deno.readTextFile(`${folder}/run42/recording.json`);
    const runs = await Promise.all(["run42", "run42", "r2"].map((name) => it.recordings.start({ name })));
    equal(runs.map(({ id }) => id).sort(), ["r2-2", "run42-2", "run42-3"]);
    for (const run of runs) {
      await it.recordings.stop(run);
      await it.recordings.delete(run);
    }
    equal(await Deno.readTextFile(`${folder}/run42/recording.json`), copied);
    equal([await Deno.readTextFile(unreadable), payloadsIn(it.stored("r2"))], ["", ["r2"]]);
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("one odd recording.json kept the daemon from starting: the others are served, and the file is named with its fault", async () => {
  const ODD = {
    "{}": "name: missing; expected a text",
    "null": "expected an object, found null",
    "[]": "expected an object, found a list",
    "": "it is no JSON: Unexpected end of JSON input",
    '{ "token": hunter2': "it is no JSON: Unexpected token 'h'",
  };
  const folder = await Deno.makeTempDir({ prefix: "recordings" });
  {
    await using it = await recordingBench(folder);
    await it.recordings.stop(await it.recordings.start({ name: "good" }));
    const good = JSON.parse(await Deno.readTextFile(`${folder}/good/recording.json`));
    const cases = Object.entries({
      ...ODD,
      [JSON.stringify({ ...good, contents: null })]: "contents: expected a list, found null",
      [JSON.stringify({ ...good, contents: [{ device_id: "daq1" }] })]:
        "contents[0].samples: missing; expected a number",
      [JSON.stringify({ ...good, stopped: "no" })]: "stopped: expected true or false, found a text",
    });
    for (const [n, [text]] of cases.entries()) {
      await Deno.mkdir(`${folder}/odd${n}`);
      await Deno.writeTextFile(`${folder}/odd${n}/recording.json`, text);
    }
    await Deno.mkdir(`${folder}/twice`);
    await Deno.mkdir(`${folder}/twice/recording.json`);
    await it.reopen();
    equal(it.recordings.all.map(({ id }) => id), ["good"]);
    const files = [...cases.keys()].map((n) => `${folder}/odd${n}/recording.json`);
    const unreadable = it.unreadable.sort((a, b) => a.file < b.file ? -1 : 1);
    match(unreadable.pop()!.message, /twice\/recording\.json: Is a directory/);
    equal(
      unreadable,
      cases.map(([, found], n) => ({ file: files[n], message: `Cannot read the recording in ${files[n]}: ${found}` })),
    );
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a recording that the disk refuses leaves no folder, and its id is free", async () => {
  await using it = await recordingBench();
  const save = Deno.rename;
  Deno.rename = () => Promise.reject(new Error("No space left on device (os error 28)"));
  try {
    await rejects(it.recordings.start({ name: "run" }), { code: "Unavailable" });
  } finally {
    Deno.rename = save;
  }
  equal((await it.recordings.start({ name: "run" })).id, "run");
});

Deno.test("a folder whose path has a comma is refused, since no recorder could reach it", async () => {
  const folder = await Deno.makeTempDir({ prefix: "a,b" });
  {
    await using it = await recordingBench(folder);
    await rejects(it.recordings.start({ name: "run" }), /path has a comma/);
  }
  await Deno.remove(folder, { recursive: true });
});
