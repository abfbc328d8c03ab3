/** Calls of methods and settings of properties in a recording: in order with the samples, with who asked, without secrets. */
import { deepStrictEqual as equal, match, ok, rejects } from "node:assert/strict";
import { parquetReadObjects } from "hyparquet";
import { z } from "zod";
import { defineDriver } from "../../lib/driver/mod.ts";
import { compressors } from "../support/parquet_zstd.ts";
import { exported } from "../support/recorded_samples.ts";
import { recordingBench, storyOf } from "../support/recording_bench.ts";
import { fail, held } from "../support/scripted_driver.ts";

Deno.test("a recording has calls and settings where they ended among the samples, with who asked", async () => {
  await using it = await recordingBench();
  await it.device.connect();
  const run = await it.recordings.start({ name: "run" });
  await it.push(1);
  const called = await it.ask("POST /devices/daq1/call", { method: "work", args: ["home"] });
  await it.push(2);
  const set = await it.ask("PUT /devices/daq1/properties/level", { value: 3 });
  await it.device.call("work", [], { name: "from a script" });
  await it.push(3);
  await it.recordings.stop(run);
  const events = it.stored("run");
  equal(storyOf(events), "descriptor connected streaming data call data property property_set call data");
  const [call, script] = events.filter(({ event }) => event === "call");
  const { call_id, timestamp, started_at, duration, ...rest } = call;
  equal(rest, {
    event: "call",
    device_id: "daq1",
    method: "work",
    by: "anyone",
    request_id: called.headers.get("x-request-id"),
    status: "done",
    arguments: { name: "home" },
    result: "home",
  });
  ok(typeof call_id === "string" && typeof duration === "number" && `${started_at}` <= `${timestamp}`);
  equal([script.by, script.request_id, script.result], [null, null, "from a script"]);
  const setting = events.find(({ event }) => event === "property_set")!;
  equal(
    [setting.name, setting.value, setting.result, setting.status, setting.request_id],
    ["level", 3, 3, "done", set.headers.get("x-request-id")],
  );
});

Deno.test("a call that fails, one that is cancelled and a setting that is refused are recorded with their errors", async () => {
  await using it = await recordingBench();
  await it.device.connect();
  const run = await it.recordings.start({ name: "run" });
  it.instrument.next("work", fail("the motor is hot"));
  await rejects(it.device.call("work"));
  const { step, release } = held();
  it.instrument.next("work", step);
  const cancel = new AbortController();
  const call = it.device.call("work", [], {}, { signal: cancel.signal });
  cancel.abort();
  release(null);
  await rejects(call, { code: "CallCancelled" });
  await rejects(it.device.setProperty("level", 11), { code: "InvalidRequest" });
  await it.recordings.stop(run);
  const commands = it.stored("run").filter(({ event }) => event === "call" || event === "property_set");
  equal(commands.map(({ status }) => status), ["failed", "cancelled", "failed"]);
  const errors = commands.map(({ error }) => error as { type: string; message: string });
  match(errors[0].message, /the motor is hot/);
  equal(errors[1].type, "CallCancelled");
  equal([commands[2].value, errors[2].type], [11, "InvalidRequest"]);
});

/** A device that repeats the secrets that it is given. */
const Parrot = defineDriver({
  name: "Parrot",
  params: z.object({ token: z.string() }),
  create: ({ token }) => ({ token, key: "" }),
  methods: {
    login: {
      input: z.object({ user: z.string(), pin: z.string().meta({ secret: true }), reply: z.string() }),
      run: ({ token }, { user, pin, reply }) => {
        if (reply === "fail") throw new Error(`${user} has no right to ${pin} by ${token}`);
        return { user, pin, token, sure: true, n: 1234 };
      },
    },
    long: { run: () => "x".repeat(100_000) },
  },
  properties: {
    key: { schema: z.string().meta({ secret: true }), get: (it) => it.key, set: (it, key) => it.key = key },
  },
});

Deno.test("recorded commands have no secret of params, arguments, properties, results and errors", async () => {
  await using it = await recordingBench();
  it.daemon.registerPlugins({ devices: { Parrot } });
  const parrot = await it.daemon.addDevice("parrot1", "Parrot", { token: "hunter2-of-params" });
  await parrot.connect();
  const run = await it.recordings.start({ name: "run", devices: ["parrot1"] });
  await parrot.call("login", ["ada", "hunter2-of-input", "done"]);
  await rejects(parrot.call("login", [], { user: "ada", pin: "hunter2-of-input", reply: "fail" }));
  await parrot.setProperty("key", "hunter2-of-key");
  // A secret that is also an ordinary word, or a number, of the result.
  await parrot.call("login", ["ada", "true", "done"]);
  await parrot.call("login", ["ada", "1234", "done"]);
  await it.recordings.stop(run);
  const events = it.stored("run");
  const text = JSON.stringify(events);
  ok(!text.includes("hunter2"), text);
  const commands = events.filter(({ event }) => event === "call" || event === "property_set");
  const mask = "********";
  equal(commands[0].arguments, { user: "ada", pin: mask, reply: "done" });
  equal(commands[0].result, { user: "ada", pin: mask, token: mask, sure: true, n: 1234 });
  match((commands[1].error as { message: string }).message, /ada has no right to \*{8} by \*{8}/);
  equal([commands[2].value, commands[2].result], [mask, mask]);
  match(String(commands[3].result), /"sure":\*{8}/);
  match(String(commands[4].result), /"n":\*{8}/);
});

Deno.test("a long result is cut, and is a text", async () => {
  await using it = await recordingBench();
  it.daemon.registerPlugins({ devices: { Parrot } });
  const parrot = await it.daemon.addDevice("parrot1", "Parrot", { token: "" });
  await parrot.connect();
  const run = await it.recordings.start({ name: "run", devices: ["parrot1"] });
  await parrot.call("long");
  await it.recordings.stop(run);
  const { result } = it.stored("run").find(({ event }) => event === "call")!;
  match(String(result), /^"x{65535}…$/);
});

Deno.test("commands to a device in two recordings are once in each; those before and after are in none", async () => {
  await using it = await recordingBench();
  await it.device.connect();
  await it.device.call("work", ["before"]);
  const first = await it.recordings.start({ name: "first" });
  await it.device.call("work", ["one"]);
  const second = await it.recordings.start({ name: "second" });
  await it.device.call("work", ["both"]);
  await it.recordings.stop(first);
  await it.device.call("work", ["two"]);
  await it.recordings.stop(second);
  await it.device.call("work", ["after"]);
  const resultsIn = (id: string) => it.stored(id).filter(({ event }) => event === "call").map(({ result }) => result);
  equal([resultsIn("first"), resultsIn("second")], [["one", "both"], ["both", "two"]]);
});

Deno.test("a recorder that is killed, and a full disk, lose no command", async () => {
  await using it = await recordingBench();
  it.recorders.commits = false;
  await it.device.connect();
  const run = await it.recordings.start({ name: "run" });
  await it.push(1);
  await it.device.call("work", ["one"]);
  it.recorders.kill();
  await it.device.call("work", ["two"]);
  await it.push(2);
  it.recorders.pause("the disk is full");
  await it.device.call("work", ["three"]);
  it.recorders.resume();
  it.recorders.commits = true;
  await it.push(3);
  await it.recordings.stop(run);
  const story = it.stored("run").filter(({ event }) => event === "call" || event === "device_data");
  equal(story.map(({ result, payload }) => result ?? payload), [1, "one", "two", 2, "three", 3]);
});

Deno.test("each format of an export has the commands", async () => {
  await using it = await recordingBench();
  await it.device.connect();
  const run = await it.recordings.start({ name: "run" });
  await it.push(1);
  await it.device.call("work", ["home"]);
  await it.recordings.stop(run);
  const dataAs = async (format: string) => String((await it.ask(`GET /recordings/run/data?format=${format}`)).body);
  const line = (await dataAs("jsonl")).split("\n").find((it) => it.includes('"event":"call"'))!;
  equal(JSON.parse(line).arguments, { name: "home" });
  const row = (await dataAs("csv")).split("\n").find((it) => it.includes(",call,"))!;
  match(row, /^daq1,\w+,,[^,]+Z,call,,".*""arguments"":\{""name"":""home""\},""result"":""home""\}",/);
  const { buffer } = await exported(`${it.folder}/run`, "parquet");
  const [call] = (await parquetReadObjects({ file: buffer, compressors })).filter(({ event }) => event === "call");
  const { arguments: given, result } = JSON.parse(String(call.detail));
  equal([given, result], [{ name: "home" }, "home"]);
});
