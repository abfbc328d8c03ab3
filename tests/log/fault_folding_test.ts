import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import type { LogRecord } from "@logtape/logtape";
import { foldFaults } from "../../lib/log/fault_folding.ts";
import { messageText } from "../../lib/log/text_line.ts";
import { record } from "../support/log.ts";
import { fakeTime } from "../support/time.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** A folded log, and functions that log what a device does. */
function foldedLog() {
  const written: LogRecord[] = [];
  const sink = foldFaults((it) => void written.push(it));
  const device_id = "psu1";
  return {
    written,
    sink,
    /** The lines that were written since the last call. */
    news: () => written.splice(0).map(messageText),
    fails: (why = "no cable", delay = Math.random() * 30) =>
      sink(
        record("device", "warning", `retrying, next try in ${delay.toFixed(1)} s: ${why}`, {
          device_id,
          state: "retrying",
        }),
      ),
    is: (state: string) => sink(record("device", "info", state, { device_id, state })),
    says: (line: string, level: LogRecord["level"] = "info") =>
      sink(record("console", level, line, { device_id, line })),
    [Symbol.dispose]: () => sink.flush(),
  };
}

Deno.test("a device that is retried all night leaves a handful of lines, and its recovery the time that it was down", async () => {
  using time = fakeTime();
  using log = foldedLog();
  let tries = 0;
  for (; tries < 1_200; tries++) {
    log.fails();
    await time.tick(29_000);
  }
  const night = log.news();
  match(night[0], /^psu1: retrying, next try in \d+\.\d s: no cable$/);
  match(night[1], /no cable \(the same 2 times in the last 1 min\)$/);
  match(night[2], /no cable \(the same \d+ times in the last 10 min\)$/);
  match(night[3], /no cable \(the same \d+ times in the last 1 h\)$/);
  ok(night.length < 15, night.join("\n"));

  log.is("connected");
  equal(log.news(), ["psu1: connected after 9 h 40 min and 1200 failed tries"]);
  log.is("streaming");
  equal(log.news(), ["psu1: streaming"]);
  equal(time.timers, 0);
});

Deno.test("no line is lost: the written and the counted ones add up", async () => {
  using time = fakeTime();
  const log = foldedLog();
  for (let i = 0; i < 500; i++) {
    log.fails();
    await time.tick(7_000);
  }
  log.sink.flush();
  const counts = log.written.map(({ properties }) => Number(properties.repeated ?? 1));
  equal(counts.reduce((sum, each) => sum + each), 500);
});

Deno.test("each line about dropped lines is written in its place", () => {
  using log = foldedLog();
  for (const dropped of [3, 40]) {
    log.sink(record("", "error", `… ${dropped} log lines dropped`, { dropped }));
  }
  equal(log.news(), ["… 3 log lines dropped", "… 40 log lines dropped"]);
});

Deno.test("a new reason is written at once", async () => {
  using time = fakeTime();
  using log = foldedLog();
  log.fails("no cable");
  await time.tick(1_000);
  log.fails("no cable");
  log.fails("wrong password");
  equal(log.news().map((line) => line.split(": ").at(-1)), ["no cable", "wrong password"]);
});

Deno.test("a failure soon after a recovery is written again", async () => {
  using time = fakeTime();
  using log = foldedLog();
  for (let pulled = 0; pulled < 3; pulled++) {
    log.fails();
    await time.tick(2_000);
    log.fails();
    await time.tick(2_000);
    log.is("connected");
    await time.tick(20_000);
    const [fault, back, ...more] = log.news();
    match(fault, /no cable$/);
    equal([back, more], ["psu1: connected after 4.0 s and 2 failed tries", []]);
  }
});

Deno.test("a device that flaps all night does not fill the log, and is reported when it is stable", async () => {
  using time = fakeTime();
  using log = foldedLog();
  for (let at = 0; at < 10 * HOUR; at += 12_000) {
    log.fails();
    await time.tick(1_000);
    log.is("connected");
    log.is("streaming");
    await time.tick(11_000);
  }
  const night = log.news();
  ok(night.length < 60, `${night.length} lines:\n${night.join("\n")}`);
  await time.tick(5 * MINUTE);
  equal(log.news().at(-1), "psu1: connected for 5 min now");
  log.fails();
  match(log.news()[0], /no cable$/);
  equal(time.timers, 0);
});

Deno.test("a driver's output is never folded while its device is up", () => {
  using _time = fakeTime();
  using log = foldedLog();
  for (let i = 0; i < 5; i++) log.says("temperature 21.3");
  equal(log.news().length, 5);
});

Deno.test("a driver's output at each attempt to connect is folded with the attempts", async () => {
  using time = fakeTime();
  using log = foldedLog();
  for (let i = 0; i < 100; i++) {
    log.says("looking for the card");
    log.fails();
    await time.tick(1_000);
  }
  equal(log.news().filter((line) => line.includes("looking")).length, 3);
});

Deno.test("a stack that a driver prints repeatedly is folded with the line above it", async () => {
  using time = fakeTime();
  using log = foldedLog();
  for (let i = 0; i < 50; i++) {
    for (const line of ["Error: no light", "    at read (lamp.ts:3:5)", "    at read (lamp.ts:9:5)"]) {
      log.says(line, "error");
    }
    await time.tick(1_000);
  }
  equal(log.news(), ["psu1: Error: no light", "psu1:     at read (lamp.ts:3:5)", "psu1:     at read (lamp.ts:9:5)"]);
  await time.tick(MINUTE);
  equal(log.news(), ["psu1: Error: no light (the same 49 times in the last 1 min)"]);
});

Deno.test("a disconnect writes the outstanding counts and clears them", async () => {
  using time = fakeTime();
  const log = foldedLog();
  log.fails();
  log.fails();
  await time.tick(5_000);
  log.is("disconnected");
  const [, counted, state] = log.news();
  match(counted, /\(the same once more in the last 5\.0 s\)$/);
  equal(state, "psu1: disconnected");
  log.is("connected");
  equal(log.news(), ["psu1: connected"]);
  equal(time.timers, 0);
});

Deno.test("one device's lines do not fold another's", () => {
  using _time = fakeTime();
  using log = foldedLog();
  log.fails();
  log.sink(
    record("device", "warning", "retrying, next try in 1.0 s: no cable", { device_id: "psu2", state: "retrying" }),
  );
  equal(log.news().map((line) => line.slice(0, 4)), ["psu1", "psu2"]);
});

/** A failed request to a faulted device. */
function failedRequest(n: number, device = "daq1"): LogRecord {
  const message = `POST /devices/${device}/call: 503 DeviceFaulted in ${n}.5 ms`;
  return record("http", "error", message, { request_id: `rq-${n}` });
}

Deno.test("each of five failed requests is in the log with its id", () => {
  using _time = fakeTime();
  using log = foldedLog();
  for (let n = 1; n <= 5; n++) log.sink(failedRequest(n));
  equal(log.written.map(({ properties }) => properties.request_id), ["rq-1", "rq-2", "rq-3", "rq-4", "rq-5"]);
});

Deno.test("a hundred failed requests a second do not fill the log", async () => {
  using time = fakeTime();
  const log = foldedLog();
  const minutes = 60;
  let calls = 0;
  for (let second = 0; second < minutes * 60; second++) {
    for (let i = 0; i < 100; i++) log.sink(failedRequest(calls++));
    await time.tick(1_000);
  }
  log.sink.flush();
  ok(log.written.length < minutes * 22, `${log.written.length} lines`);
  const counts = log.written.map(({ properties }) => Number(properties.repeated ?? 1));
  equal(counts.reduce((sum, each) => sum + each), calls);
  match(messageText(log.written[20]), /^POST \/devices\/daq1\/call: .* \(the same 5980 times in the last 1 min\)$/);
});

Deno.test("many failed requests to one device do not fold those to another", async () => {
  using time = fakeTime();
  using log = foldedLog();
  for (let n = 0; n < 100; n++) log.sink(failedRequest(n));
  await time.tick(1_000);
  log.news();
  log.sink(failedRequest(100));
  log.sink(failedRequest(101, "daq2"));
  match(log.news().join(), /^POST \/devices\/daq2\/call: 503/);
});

Deno.test("different lines without end do not fill the memory: the oldest are dropped, and their counts written", () => {
  using time = fakeTime();
  using log = foldedLog();
  const fault = (word: string) => log.sink(record("http", "error", word));
  fault("first");
  fault("first");
  for (let i = 0; i < 10_000; i++) fault(`word${i}`);
  const lines = log.news();
  equal(lines.length, 10_002);
  match(lines[100], /^first \(the same once more/);
  equal(time.timers, 0);
});

/** The line of a refused request. */
function refused(path: string, status = 404, type = "DeviceNotFound", level: LogRecord["level"] = "info") {
  const message = `POST ${path}: ${status} ${type} (Cannot find device) in 0.3 ms`;
  return record("http", level, message, { method: "POST", path, status, error_type: type, request_id: "7af3" });
}

Deno.test("a client that asks in a loop for what is absent does not fill the log, whatever the path", async () => {
  using time = fakeTime();
  using log = foldedLog();
  for (let i = 0; i < 600; i++) {
    log.sink(refused(`/devices/x${i.toString(36)}/connect`));
    await time.tick(100);
  }
  const lines = log.news();
  equal(lines.length, 21);
  match(lines[20], / in 0\.3 ms \(alike 580 times in the last 1 min\)$/);
  log.sink(refused("/devices/daq1/call", 400, "InvalidRequest"));
  equal(log.news().length, 1, "a refusal of another kind is written at once");
});

Deno.test("the written and the counted refusals add up", async () => {
  using time = fakeTime();
  const log = foldedLog();
  for (let i = 0; i < 500; i++) {
    log.sink(refused(`/devices/x${i}/call`, 409 - i % 2 * 5));
    await time.tick(700);
  }
  log.sink.flush();
  const counts = log.written.map(({ properties }) => Number(properties.repeated ?? 1));
  equal(counts.reduce((sum, each) => sum + each), 500);
});

Deno.test("at the level debug each refused read is written", () => {
  using log = foldedLog();
  for (let i = 0; i < 50; i++) log.sink(refused("/devices/x", 404, "DeviceNotFound", "debug"));
  equal(log.news().length, 50);
});
