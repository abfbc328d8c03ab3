import { TaskLog } from "../../lib/tasks/task_log.ts";
import { Alarms } from "../../lib/alarms/alarms.ts";
import { ALARM_RULE } from "../support/alarm_rule.ts";
import { deepStrictEqual as equal, match } from "node:assert/strict";
import { z } from "zod";
import { CALL_OPERATIONS } from "../../lib/http/openapi/call_operations.ts";
import { DAEMON_OPERATIONS } from "../../lib/http/openapi/daemon_operations.ts";
import { DEVICE_OPERATIONS } from "../../lib/http/openapi/device_operations.ts";
import { errorAnswer } from "../../lib/http/openapi/error_answers.ts";
import { type EventName, EVENTS, IDS } from "../../lib/http/openapi/event_stream.ts";
import { PROPERTY_OPERATIONS } from "../../lib/http/openapi/property_operations.ts";
import { ERRORS, type LabErrorCode } from "../../lib/wire/error_codes.ts";
import { fail, hang } from "../support/scripted_driver.ts";
import { setClock } from "../support/time.ts";
import { webBench } from "../support/web_bench.ts";

const OPERATIONS = { ...DAEMON_OPERATIONS, ...DEVICE_OPERATIONS, ...CALL_OPERATIONS, ...PROPERTY_OPERATIONS };

/** Schemas drop keys that they do not know: what comes through unchanged is described to the last key. */
function isDescribedBy(schema: z.ZodType, value: unknown): void {
  equal(schema.parse(value), value);
}

Deno.test("answers fit their descriptions, to the last key", async (test) => {
  await using bench = await webBench();
  bench.instrument.next("connect", fail("no cable", "CableError"));
  await bench.ask("POST /devices/daq1/connect");
  const other = await bench.daemon.addDevice("other", "Scripted");
  await other.connect();
  other.keptIn = "bench_file";
  bench.instrument.next("work", (signal, progress) => {
    progress(0.5, "half");
    return hang(signal);
  });
  const kept = other.startCall({ method: "work", args: [], kwargs: {} });
  kept.isKept = true;
  const asked: [request: string, body?: unknown][] = [
    ["GET /"],
    ["GET /health"],
    ["GET /livez"],
    ["GET /readyz"],
    ["GET /drivers"],
    ["GET /devices"],
    ["GET /devices/daq1"],
    ["POST /devices", { device_id: "n", device_type: "Scripted" }],
    ["POST /devices/other/keep"],
    ["POST /devices/daq1/connect"],
    ["POST /devices/daq1/call", { method: "work", args: ["a"] }],
    ["GET /calls"],
    [`GET /calls/${kept.id}`],
    [`DELETE /calls/${kept.id}`],
    ["GET /devices/daq1/properties"],
    ["GET /devices/daq1/properties/level"],
    ["PUT /devices/daq1/properties/level", { value: 3 }],
    ["GET /snapshot"],
    ["POST /restore", { devices: [{ device_id: "daq1", properties: { level: 4, reading: 8 } }] }],
    ["POST /devices/daq1/methods/work", { name: "a" }],
    ["POST /devices/daq1/safe", { reason: "smoke" }],
    ["POST /safe"],
    ["POST /devices/daq1/stream/start", { sample_rate: 5 }],
    ["GET /devices/daq1/methods"],
    ["GET /devices/daq1/log"],
    ["GET /devices/daq1/error"],
    ["DELETE /devices/daq1/error"],
    ["POST /devices/daq1/stream/stop"],
    ["POST /devices/daq1/disconnect"],
    ["POST /devices/daq1/disable"],
    ["POST /devices/daq1/enable"],
    ["DELETE /devices/n"],
  ];
  const routeOf = (request: string) =>
    request.replace(/^(\w+ .devices.)\w+/, "$1{device_id}").replace(/methods.work/, "methods/{method}")
      .replace(/(calls.)\w+/, "$1{call_id}").replace(/properties.\w+/, "properties/{name}");
  for (const [request, body] of asked) {
    await test.step(request, async () => {
      const { answer: described } = OPERATIONS[routeOf(request)];
      const answer = await bench.ask(request, body);
      equal(answer.status, described.status ?? 200);
      if (described.body) isDescribedBy(described.body, answer.body);
      else equal(answer.text, "");
      match(answer.headers.get("x-request-id")!, /./);
    });
  }
  const routes = Object.entries(OPERATIONS).filter(([, { answer }]) => answer.body).map(([route]) => route);
  const left = routes.filter((route) => !asked.some(([request]) => routeOf(request) === route));
  equal(left, ["GET /openapi.json"]);
});

Deno.test("a refusal fits the description of its error", async (test) => {
  await using bench = await webBench();
  await bench.device.connect();
  const cases: [request: string, body: unknown, code: LabErrorCode][] = [
    ["GET /devices/absent", undefined, "DeviceNotFound"],
    ["POST /devices", { parms: {} }, "InvalidRequest"],
    ["POST /devices/daq1/call", { method: "work" }, "DriverError"],
  ];
  bench.instrument.next("work", fail("jammed", "PaperJam"));
  for (const [request, body, code] of cases) {
    await test.step(code, async () => {
      const answer = await bench.ask(request, body);
      equal(z.looseObject({}).parse(errorAnswer(code).parse(answer.body)), answer.body);
    });
  }
});

Deno.test("events and their ids fit their descriptions", async (test) => {
  await using bench = await webBench();
  await bench.device.connect();
  await using one = await bench.open("/stream/devices/daq1");
  await using thinned = await bench.open("/stream/devices/daq1?max_rate=1000&sample_rate=7");
  await using several = await bench.open("/stream?devices=daq1");
  await using columns = await bench.open("/stream/devices/daq1?format=columns");
  await using resumed = await bench.open("/stream/devices/daq1", { "Last-Event-ID": "elsewhere-7" });
  const alarms = new Alarms({
    bench: bench.daemon,
    rules: new Map([["daq1", [{ ...ALARM_RULE, above: 0.5 }]]]),
  });
  await one.state("streaming");
  // Four that come together are one event where a reader asks for columns.
  const isColumns = columns.next(({ event }) => event === "device_columns");
  let isSeen = false;
  isColumns.then(() => isSeen = true);
  while (!isSeen) {
    bench.instrument.push(...Array(8).fill(1));
    for (let n = 0; n < 8; n++) await one.sample();
  }
  await several.next(({ event }) => event === "alarm");
  await bench.device.setProperty("level", 5);
  await bench.ask("POST /leases", { devices: ["daq1"] });
  bench.instrument.next("work", (_, progress) => progress(0.5, "half"));
  await bench.device.call("work");
  new TaskLog(bench.daemon, { id: "sweep1", type: "Scan", devices: () => ["daq1"], shown: String }).report("started");
  using _clock = setClock(60_000);
  bench.instrument.push({ volts: 2 });
  await one.sample();
  bench.instrument.drop("the line broke");
  const readers = { one, thinned, several, resumed, columns };
  for (const reader of Object.values(readers)) await reader.state("retrying");
  alarms.close();

  const seen = new Set<string>();
  for (const [name, { events }] of Object.entries(readers)) {
    const pattern = new RegExp(IDS[name === "several" ? "several" : "one"].pattern);
    for (const { id, ...event } of events) {
      seen.add(event.event);
      await test.step(`${event.event} of ${name}`, () => {
        isDescribedBy(EVENTS[event.event as EventName], event);
        if (id !== undefined) match(id, pattern);
        const isAlways = name === "several" || ["device_data", "device_columns", "gap"].includes(event.event);
        if (isAlways || event.event === "stream_error") equal(id !== undefined, isAlways);
      });
    }
  }
  equal([...seen].sort(), Object.keys(EVENTS).sort());
});

Deno.test("the example of each error fits the description of that error", () => {
  for (const code of Object.keys(ERRORS) as LabErrorCode[]) {
    const { examples: [example] } = errorAnswer(code).meta() as { examples: unknown[] };
    isDescribedBy(errorAnswer(code), example);
  }
});
