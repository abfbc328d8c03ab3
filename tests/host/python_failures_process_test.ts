/** What drivers in Python do wrong: the device gets the error, and others are not affected. */
import { deepStrictEqual as equal, match, ok, rejects } from "node:assert/strict";
import { benchOf } from "../support/bench.ts";
import { collectLog } from "../support/log.ts";
import { pythonTest } from "../support/python.ts";
import { Watch } from "../support/watch.ts";
import { DEFAULT_LIMITS } from "../../lib/device/supervisor/settings.ts";
import type { LabError } from "../../lib/mod.ts";

const AT_ONCE = { maxRestarts: 50, windowMs: 60_000, initialDelayMs: 0, maxDelayMs: 0 };

const BREAKDOWNS: [method: string, type: RegExp, message: RegExp][] = [
  ["exits", /^SystemExit$/, /^The process of "u1" crashed: its driver called sys\.exit\(3\) \(unruly\.py:\d+\)$/],
  ["exits_at_once", /^ProcessExited$/, /with code 4: its driver called os\._exit\(4\) \(unruly\.py:\d+\)$/],
  ["is_interrupted", /^KeyboardInterrupt$/, /^The process of "u1" crashed: KeyboardInterrupt \(unruly\.py:\d+\)$/],
  ["crashes", /^ProcessExited$/, /was ended by SIGSEGV: Segmentation fault \(unruly\.py:\d+\)$/],
  ["writes_to_the_pipe", /^ProtocolError$/, /^The process of "u1" broke the protocol: /],
  ["takes_memory", /^OutOfMemory$/, /^The process of "u1" took \d+ MiB of memory; its limit is 100 MiB$/],
];

await pythonTest(
  "a driver in Python that ends its process reconnects with the reason, and a device in TypeScript beside it loses nothing",
  async () => {
    await using bench = await benchOf("unruly.py", "counter.ts");
    const memoryBytes = 100 * 1024 * 1024;
    const device = await bench.daemon.addDevice("u1", "UnrulyPython", {}, { restart: AT_ONCE, memoryBytes });
    const other = await bench.daemon.addDevice("good", "Counter");
    using watch = new Watch(device);
    using otherWatch = new Watch(other);
    await Promise.all([device.connect(), other.connect()]);
    await Promise.all([device.startStreaming(), other.startStreaming()]);
    for (const [method, type, message] of BREAKDOWNS) {
      await watch.sample();
      const call = device.call(method).catch(() => {});
      const { error } = await watch.state("retrying");
      match((error as LabError).type, type, method);
      match((error as LabError).message, message, method);
      await call;
      await watch.state("streaming");
    }
    await watch.sample();
    const { sequences } = watch;
    ok(sequences.every((it, i) => i === 0 || it > sequences[i - 1]));
    equal(otherWatch.story, "disconnected connecting connected streaming data");
    equal(otherWatch.sequences, Array.from(otherWatch.sequences, (_, i) => i));
  },
);

await pythonTest(
  "a driver in Python whose SDK holds the interpreter for longer than it declares hangs, and is replaced",
  async () => {
    await using bench = await benchOf("unruly.py");
    const limits = { ...DEFAULT_LIMITS, callMs: 500, heartbeatTimeoutMs: 100 };
    const device = await bench.daemon.addDevice("u1", "UnrulyPython", {}, { restart: AT_ONCE, limits });
    using watch = new Watch(device);
    await device.connect();
    const call = device.call("holds_the_interpreter").catch(() => {});
    const { error } = await watch.state("retrying");
    equal((error as LabError).type, "ProcessHangs");
    match((error as LabError).message, /hangs: its interpreter is blocked .* it has not answered for 2 s$/);
    await call;
  },
);

await pythonTest(
  "what fails inside of a driver in Python is reported with its place, and the process and its stream go on",
  async () => {
    await using bench = await benchOf("unruly.py");
    using log = collectLog();
    const device = await bench.daemon.addDevice("u1", "UnrulyPython");
    using watch = new Watch(device);
    await device.connect();
    const pid = await device.call("pid");

    // A thread that fails while nothing streams from threads is a problem of the device.
    await device.call("leaves_a_thread");
    const { error: problem } = await watch.next(({ event }) => event === "stream_error");
    match((problem as LabError).message, /^a thread of the driver has ended: division by zero \(unruly\.py:\d+\)$/);

    await device.startStreaming();
    const cancelled = async (method: string) => {
      const call = device.startCall({ method, args: [], kwargs: {} });
      await watch.sample();
      call.cancel();
      return await call.answer.catch(({ code }: LabError) => code);
    };
    for (const method of ["sleeps", "loops", "awaits"]) equal(await cancelled(method), "CallCancelled", method);
    // One that asks whether it is cancelled ends by itself; or it has not begun yet.
    ok(["string", "object"].includes(typeof await cancelled("asks")));
    await rejects(device.call("divides"), ({ type, message, origin, context }: LabError) => {
      equal([type, origin, context.device_id], ["ZeroDivisionError", "device", "u1"]);
      match(message, /^division by zero \(unruly\.py:\d+\)$/);
      match(String(context.at), /^unruly\.py:\d+$/);
      return true;
    });
    ok(Number(await device.call("forks")) > 0);
    match(JSON.stringify(device.status()), /DriverForks.*forks \(unruly\.py:\d+\)/);
    await device.call("logs");

    equal(await device.call("pid"), pid);
    await watch.sample();
    equal(watch.sequences, Array.from(watch.sequences, (_, i) => i));
    equal(device.status().restarts, 0);
    // When its process has ended, all its output has arrived.
    await device.disconnect();
    const lines = log.records.filter(({ category }) => category[1] === "console");
    equal(lines.map(({ level, properties }) => [level, properties.line]), [
      ["info", "printed"],
      ["warning", "unruly: logged 1"],
      ["error", "wrong"],
    ]);
  },
);

await pythonTest(
  "devices in Python share a process: streams and lines are their own, and one that ends it costs the others no restart",
  async () => {
    await using bench = await benchOf("unruly.py");
    using log = collectLog();
    const one = await bench.daemon.addDevice("u1", "UnrulyPython", {}, { process: "lab", restart: AT_ONCE });
    // One failure of its own would be one too many.
    const restart = { ...AT_ONCE, maxRestarts: 0 };
    const two = await bench.daemon.addDevice("u2", "UnrulyPython", {}, { process: "lab", restart });
    using watch = new Watch(one);
    using otherWatch = new Watch(two);
    await Promise.all([one.connect(), two.connect()]);
    equal(await one.call("pid"), await two.call("pid"));
    await Promise.all([one.startStreaming(), two.startStreaming()]);
    await Promise.all([watch.sample(), otherWatch.sample()]);
    await two.call("logs");
    one.call("exits").catch(() => {});
    const [{ error }, { error: others }] = await Promise.all([watch.state("retrying"), otherWatch.state("retrying")]);
    match((error as LabError).message, /^The process of process "lab" crashed: its driver called sys\.exit\(3\)/);
    match((others as LabError).message, /^"u2" has lost its process, because of "u1": /);
    await Promise.all([watch.state("streaming"), otherWatch.state("streaming")]);
    const lines = log.records.filter(({ category }) => category[1] === "console");
    equal(lines.map(({ properties }) => [properties.device_id, properties.line]), [
      ["u2", "printed"],
      ["u2", "unruly: logged 1"],
      ["u2", "wrong"],
    ]);
  },
);
