import { deepStrictEqual as equal, match } from "node:assert/strict";
import { type Fault, FaultBench, HANGS as SETTINGS, HANGS_MESSAGE, runCases } from "../support/fault_bench.ts";

/** A fault of the driver, and its report. */
interface Case extends Fault {
  state: "retrying" | "faulted";
  type: string;
  message: RegExp;
}

/**
 * The report of a driver that takes too much memory. Its own engine, in its stream or in its timer, the end of its process
 * and the daemon's measurement notice at the same time: each of them may be the first.
 */
function outOfMemory(id: string, mebibytes: number): RegExp {
  const ofProcess =
    `The process of "${id}" (took \\d+ MiB of memory|ran out of memory); its limit is ${mebibytes} MiB$`;
  return new RegExp(`^(The process of "${id}" crashed: )?The driver has no memory left: |^${ofProcess}`);
}

/** The instrument may be absent for as long as it likes; the driver has used up its restarts. */
const HANGS = { state: "faulted", type: "ProcessHangs", message: HANGS_MESSAGE, settings: SETTINGS } as const;

const CASES: Record<string, Case> = {
  create_blocks: { where: "create", how: "blocks", ...HANGS },
  connect_hangs: {
    where: "connect",
    how: "never",
    settings: { limits: { connect: "2s" } },
    state: "retrying",
    type: "DeviceTimeout",
    message: /^Cannot connect "connect_hangs": no answer within 2000 ms$/,
  },
  create_throws: {
    where: "create",
    how: "throws",
    state: "faulted",
    type: "RangeError",
    message: /^out of range \(unruly\.ts:\d+\)$/,
  },
  connect_blocks: { where: "connect", how: "blocks", ...HANGS },
  connect_throws: {
    where: "connect",
    how: "throws",
    state: "retrying",
    type: "RangeError",
    message: /^out of range \(unruly\.ts:\d+\)$/,
  },
  stream_throws: {
    where: "stream",
    how: "throws",
    state: "retrying",
    type: "RangeError",
    message: /^out of range \(unruly\.ts:\d+\)$/,
  },
  stream_loops: { where: "stream", how: "loops", ...HANGS },
  sample_throws: {
    where: "sample",
    how: "throws",
    state: "retrying",
    type: "RangeError",
    message: /^out of range \(unruly\.ts:\d+\)$/,
  },
  read_throws: {
    where: "read",
    how: "throws",
    state: "retrying",
    type: "RangeError",
    message: /^out of range \(unruly\.ts:\d+\)$/,
  },
  read_blocks: { where: "read", how: "blocks", ...HANGS },
  timer_throws: {
    where: "connect",
    how: "throws_later",
    state: "faulted",
    type: "TypeError",
    message: /^The process of "timer_throws" crashed: uncaught exception \(unruly\.ts:\d+\)$/,
  },
  promise_rejects: {
    where: "stream",
    how: "rejects",
    state: "faulted",
    type: "TypeError",
    message: /^The process of "promise_rejects" crashed: uncaught rejection \(unruly\.ts:\d+\)$/,
  },
  timer_blocks: { where: "connect", how: "blocks_in_timer", ...HANGS },
  exits: {
    where: "stream",
    how: "exits",
    state: "faulted",
    type: "ProcessExited",
    message: /^The process of "exits" exited with code 3$/,
  },
  closes_its_line: {
    where: "stream",
    how: "closes_its_line",
    state: "faulted",
    type: "ProtocolError",
    message: /^The process of "closes_its_line" closed file descriptor 3, its pipe to the daemon$/,
  },
  promise_blocks: { where: "connect", how: "blocks_in_promise", ...HANGS },
  floods: {
    where: "stream",
    how: "floods",
    state: "faulted",
    type: "ProtocolError",
    message: /^The process of "floods" broke the protocol: /,
  },
  eats_heap: {
    where: "stream",
    how: "eats_heap",
    settings: { memory: 128 * 1024 * 1024 },
    state: "faulted",
    type: "OutOfMemory",
    message: outOfMemory("eats_heap", 128),
  },
  garbage: {
    where: "stream",
    how: "garbage",
    state: "faulted",
    type: "ProtocolError",
    message: /^The process of "garbage" broke the protocol: Cannot read a packet of kind 72/,
  },
  eats_buffers_at_once: {
    where: "stream",
    how: "eats_buffers_at_once",
    settings: { memory: 128 * 1024 * 1024 },
    state: "faulted",
    type: "OutOfMemory",
    message: outOfMemory("eats_buffers_at_once", 128),
  },
  silent: {
    where: "sample",
    how: "never",
    settings: { limits: { sample_timeout: "2s" } },
    state: "retrying",
    type: "StreamStalled",
    message: /^"silent" has yielded no sample for 2 s, though its stream runs$/,
  },
  eats_buffers: {
    where: "stream",
    how: "eats_buffers",
    settings: { memory: 256 * 1024 * 1024 },
    state: "faulted",
    type: "OutOfMemory",
    message: outOfMemory("eats_buffers", 256),
  },
  not_serializable: {
    where: "sample",
    how: "cycles",
    state: "retrying",
    type: "NotSerializable",
    message: /^Cannot turn the value into JSON: .* contains itself/,
  },
};

/** The number of drivers that fail at the same time. Two of all take a core, as long as they loop. */
const AT_ONCE = 5;

Deno.test("a driver that fails is reported, recovers, and does not affect ten other devices", async (test) => {
  await using bench = await FaultBench.open(CASES);
  const failAndHeal = async ([id, { state, type, message }]: [string, Case]) => {
    await using reader = await bench.enable(id);
    const error = await bench.failed(id, reader, state);
    equal(error.type, type);
    match(error.message, message);
    await bench.heals(id, reader);
    await bench.dismiss(id);
  };
  const cases = Object.entries(CASES).map((it) => [it[0].replaceAll("_", " "), () => failAndHeal(it)]);
  await runCases(test, AT_ONCE, Object.fromEntries(cases));
  await test.step("the ten healthy devices lose no sample, and /health answers", () => bench.assertOthersUnaffected());
});
