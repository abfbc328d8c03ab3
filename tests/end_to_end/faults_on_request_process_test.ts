import { deepStrictEqual as equal, match } from "node:assert/strict";
import { FaultBench, HANGS, HANGS_MESSAGE, runCases } from "../support/fault_bench.ts";
import { allGone, allStarted } from "../support/processes.ts";

/** The misbehaviour of a method, and the report of it. */
const METHODS: [how: string, type: string, message: RegExp][] = [
  ["rejects", "TypeError", /crashed: uncaught rejection \(unruly\.ts:\d+\)$/],
  ["throws_later", "TypeError", /crashed: uncaught exception \(unruly\.ts:\d+\)$/],
  ["exits", "ProcessExited", /exited with code 3$/],
  ["blocks", "ProcessHangs", HANGS_MESSAGE],
  ["garbage", "ProtocolError", /broke the protocol/],
];

/** The report of a stream that does not stop. On a busy machine its process is late with it: then the daemon has its own. */
const runsOn = (id: string) =>
  RegExp(`^Cannot stop (streaming "${id}": its stream still runs 500 ms after|"${id}": no answer within 1000 ms$)`);

/** The misbehaviour at a stop, and the report of it. */
const STOPS: [id: string, type: string, message: RegExp][] = [
  ["stop_hangs", "DeviceTimeout", runsOn("stop_hangs")],
  ["stop_loops", "DeviceTimeout", /^Cannot stop "stop_loops": no answer within 1000 ms$/],
  ["deaf", "DeviceTimeout", runsOn("deaf")],
  ["push_stop_hangs", "DeviceTimeout", runsOn("push_stop_hangs")],
  ["push_stop_throws", "RangeError", /^out of range \(unruly\.ts:\d+\)$/],
];

const DISCONNECTS = ["throws", "rejects", "hangs", "loops", "exits"];

const SIGNALS = [["SIGKILL", "ProcessExited"], ["SIGSTOP", "ProcessHangs"]] as const;

/** The number of drivers that fail at the same time. Two of all loop, and take a core. */
const AT_ONCE = 4;

Deno.test("a driver that fails during a command does not affect ten other devices", async (test) => {
  await using bench = await FaultBench.open({
    ...Object.fromEntries(METHODS.map(([how]) => [how, how === "blocks" ? { settings: HANGS } : {}])),
    throws: {},
    hangs: { settings: { limits: { call: "2s" } } },
    stop_hangs: { where: "stop", how: "never" },
    stop_loops: { where: "stop", how: "loops" },
    deaf: { driver: "Deaf" },
    push_stop_hangs: { where: "push_stop", how: "never" },
    push_stop_throws: { where: "push_stop", how: "throws" },
    disconnect_throws: { where: "disconnect", how: "throws" },
    disconnect_rejects: { where: "disconnect", how: "rejects" },
    disconnect_hangs: { where: "disconnect", how: "never" },
    disconnect_loops: { where: "disconnect", how: "loops" },
    disconnect_exits: { where: "disconnect", how: "exits" },
    large_results: {},
    sigkill: {},
    sigstop: { settings: HANGS },
    parent: { settings: { permissions: { add: { run: ["sleep"] } } } },
    stubborn: { settings: { permissions: { add: { run: ["sleep"] } } } },
  }, ["deaf.ts"]);
  // Durations that mark the processes of this test.
  const seconds = { parent: `86400.1${Deno.pid}`, stubborn: `86400.2${Deno.pid}` };

  await runCases(test, AT_ONCE, {
    "a method that throws: its caller receives the error, and the stream continues": async () => {
      await using reader = await bench.enable("throws");
      await reader.sample();
      const { status, error } = await bench.call("throws", "misbehave", { how: "throws" });
      equal([status, error?.type, error?.message], [502, "RangeError", "out of range (unruly.ts:13)"]);
      const { state, restarts, last_error } = await bench.status("throws");
      equal([state, restarts, last_error?.message], ["streaming", 0, "out of range (unruly.ts:13)"]);
      await reader.sample();
      equal(reader.events.filter(({ event }) => event === "stream_error"), []);
      await bench.dismiss("throws");
    },

    ...Object.fromEntries(
      METHODS.map(([how, type, message]) => [`a method that ${how.replaceAll("_", " ")}`, async () => {
        await using reader = await bench.enable(how);
        await reader.sample();
        const [{ status, error }, failure] = await Promise.all([
          bench.call(how, "misbehave", { how }),
          bench.failed(how, reader, "faulted"),
        ]);
        // A method that is over before the harm is done has worked.
        if (status !== 200) equal([status, error?.type], [502, type]);
        equal(failure.type, type);
        match(failure.message, message);
        await bench.heals(how, reader);
        await bench.dismiss(how);
      }]),
    ),

    "a method that never returns blocks the next ones until its time limit only": async () => {
      await using reader = await bench.enable("hangs");
      await reader.sample();
      const { status, error } = await bench.call("hangs", "misbehave", { how: "never" });
      equal([status, error?.type], [504, "DeviceTimeout"]);
      equal(await bench.failed("hangs", reader, "faulted").then(({ type, message }) => [type, message]), [
        "MethodHangs",
        'Cannot call "misbehave" on "hangs": it still ran 500 ms after its signal aborted',
      ]);
      await bench.heals("hangs", reader);
      equal((await bench.call("hangs", "pid")).status, 200);
      await bench.dismiss("hangs");
    },

    ...Object.fromEntries(
      STOPS.map(([id, type, message]) => [`${id.replaceAll("_", " ")}: it is stopped all the same`, async () => {
        await using reader = await bench.enable(id);
        await reader.sample();
        equal((await bench.post(id, "stream/stop")).status, 200);
        const { sequence } = (await bench.status(id)).stream;
        const error = await bench.failed(id, reader, "faulted");
        equal(error.type, type);
        match(error.message, message);
        equal((await bench.status(id)).stream.sequence, sequence);
        await bench.heals(id, reader);
        await bench.dismiss(id);
      }]),
    ),

    ...Object.fromEntries(
      DISCONNECTS.map((how) => [`disconnect ${how}: it is disconnected all the same, and the log says so`, async () => {
        const id = `disconnect_${how}`;
        await using reader = await bench.enable(id);
        await reader.sample();
        const { status } = await bench.post(id, "disconnect");
        equal([status, (await bench.status(id)).state], [200, "disconnected"]);
        // An error after the disconnect is not reported.
        if (how !== "rejects") {
          await bench.served.untilPrinted("stderr", new RegExp(`${id}: the driver failed to disconnect: `));
        }
        await bench.heals(id, reader).catch(() => {});
        await bench.dismiss(id);
      }]),
    ),

    "a result of 20 MB arrives, one of 100 MB is refused, and the device keeps its process": async () => {
      const id = "large_results";
      await using reader = await bench.enable(id);
      await reader.sample();
      const small = await bench.call(id, "give", { bytes: 20_000_000 });
      equal([small.status, small.error, String(small.result).length], [200, undefined, 19_999_998]);
      const { status, error } = await bench.call(id, "give", { bytes: 100_000_000 });
      equal([status, error?.type], [502, "ResultTooLarge"]);
      match(error!.message, /^The result is too large: 100000000 bytes of JSON, and 33554432 at most/);
      equal((await bench.status(id)).restarts, 0);
      await bench.dismiss(id);
    },

    ...Object.fromEntries(SIGNALS.map(([signal, type]) => [`its process gets ${signal}`, async () => {
      const id = signal.toLowerCase();
      await using reader = await bench.enable(id);
      await reader.sample();
      const { result: pid } = await bench.call(id, "pid");
      Deno.kill(Number(pid), signal);
      equal((await bench.failed(id, reader, "faulted")).type, type);
      await bench.heals(id, reader);
      await bench.dismiss(id);
    }])),

    "a killed process with grandchildren: they end with it": async () => {
      await using reader = await bench.enable("parent");
      await reader.sample();
      const sleep = { seconds: seconds.parent };
      await bench.call("parent", "spawn", sleep);
      await bench.call("parent", "spawn", sleep);
      await allStarted(seconds.parent, 2);
      const { result: pid } = await bench.call("parent", "pid");
      Deno.kill(Number(pid), "SIGKILL");
      await bench.failed("parent", reader, "faulted");
      await allGone(seconds.parent);
      await bench.heals("parent", reader);
      await bench.call("parent", "spawn", sleep);
      await bench.dismiss("parent");
      await allGone(seconds.parent);
    },

    "a process that ignores the closed stdin and SIGTERM: its whole group is killed": async () => {
      await using reader = await bench.enable("stubborn");
      await reader.sample();
      await bench.call("stubborn", "spawn", { seconds: seconds.stubborn });
      await bench.call("stubborn", "stay");
      await bench.dismiss("stubborn");
      await bench.served.untilPrinted("stderr", /stubborn: no/);
      await allGone(seconds.stubborn);
    },
  });

  await test.step("the ten healthy devices lose no sample, and /health answers", () => bench.assertOthersUnaffected());
});
