import { deepStrictEqual as equal, match } from "node:assert/strict";
import { z } from "zod";
import { errorAnswer } from "../../lib/http/openapi/error_report.ts";
import { type EventName, EVENTS, IDS } from "../../lib/http/openapi/events.ts";
import * as daemonOperations from "../../lib/http/openapi/daemon_operations.ts";
import * as deviceOperations from "../../lib/http/openapi/device_operations.ts";
import { STATUS } from "../../lib/http/error_response.ts";
import type { Operation } from "../../lib/http/openapi/operation.ts";
import type { LabErrorCode } from "../../lib/errors.ts";
import { fail } from "../support/scripted_driver.ts";
import { webBench } from "../support/web_bench.ts";

const OPERATIONS: Record<string, Operation> = { ...daemonOperations, ...deviceOperations };

/** Schemas drop keys that they do not know: what comes through unchanged is described to the last key. */
function isDescribedBy(schema: z.ZodType, value: unknown): void {
  equal(schema.parse(value), value);
}

const { index, health, drivers } = daemonOperations;
const { createDevice, deleteDevice, callMethod, listMethods, getError, clearError, stopStreaming } = deviceOperations;

Deno.test("answers are what their descriptions say, to the last key", async (test) => {
  await using bench = await webBench();
  bench.instrument.next("connect", fail("no cable", "CableError"));
  await bench.ask("POST /devices/daq1/connect");
  const asked: [request: string, operation: Operation, body?: unknown][] = [
    ["GET /", index],
    ["GET /health", health],
    ["GET /drivers", drivers],
    ["GET /devices", deviceOperations.listDevices],
    ["GET /devices/daq1", deviceOperations.getDevice],
    ["POST /devices", createDevice, { device_id: "n", device_type: "Scripted" }],
    ["POST /devices/daq1/connect", deviceOperations.connectDevice],
    ["POST /devices/daq1/call", callMethod, { method: "work", args: ["a"] }],
    ["POST /devices/daq1/stream/start", deviceOperations.startStreaming, { sample_rate: 5 }],
    ["GET /devices/daq1/methods", listMethods],
    ["GET /devices/daq1/error", getError],
    ["DELETE /devices/daq1/error", clearError],
    ["POST /devices/daq1/stream/stop", stopStreaming],
    ["POST /devices/daq1/disconnect", deviceOperations.disconnectDevice],
    ["POST /devices/daq1/disable", deviceOperations.disableDevice],
    ["POST /devices/daq1/enable", deviceOperations.enableDevice],
    ["DELETE /devices/n", deleteDevice],
  ];
  for (const [request, { answers }, body] of asked) {
    await test.step(request, async () => {
      const answer = await bench.ask(request, body);
      const described = answers[answer.status];
      if (described.body) isDescribedBy(described.body, answer.body);
      else equal(answer.text, "");
      match(answer.headers.get("x-request-id")!, /./);
    });
  }
  const all = Object.values(OPERATIONS).filter(({ answers }) => Object.values(answers).some(({ body }) => body));
  const left = all.filter((it) => !asked.some(([, operation]) => operation === it));
  equal(left.map(({ id }) => id), ["openapi"]);
});

Deno.test("a refusal is what the description of its error says", async (test) => {
  await using bench = await webBench();
  await bench.device.connect();
  const cases: [request: string, body: unknown, code: LabErrorCode][] = [
    ["GET /devices/nobody", undefined, "DeviceNotFound"],
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

Deno.test("events are what their descriptions say, and so are their ids", async (test) => {
  await using bench = await webBench();
  await bench.device.connect();
  await using one = await bench.open("/stream/devices/daq1");
  await using thinned = await bench.open("/stream/devices/daq1?max_rate=1000");
  await using several = await bench.open("/stream?devices=daq1");
  await using resumed = await bench.open("/stream/devices/daq1", { "Last-Event-ID": "elsewhere-7" });
  await one.state("streaming");
  bench.instrument.push(1, { volts: 2 });
  bench.instrument.drop("the line broke");
  const readers = { one, thinned, several, resumed };
  for (const reader of Object.values(readers)) await reader.state("retrying");

  const seen = new Set<string>();
  for (const [name, { events }] of Object.entries(readers)) {
    const pattern = new RegExp(IDS[name === "several" ? "several" : "one"].pattern);
    for (const { id, ...event } of events) {
      seen.add(event.event);
      await test.step(`${event.event} of ${name}`, () => {
        isDescribedBy(EVENTS[event.event as EventName], event);
        if (id !== undefined) match(id, pattern);
        const isAlways = name === "several" || ["device_data", "gap"].includes(event.event);
        if (isAlways || event.event === "stream_error") equal(id !== undefined, isAlways);
      });
    }
  }
  equal([...seen].sort(), Object.keys(EVENTS).sort());
});

Deno.test("the example of each error is one of that error", () => {
  for (const code of Object.keys(STATUS) as LabErrorCode[]) {
    const { examples: [example] } = errorAnswer(code).meta() as { examples: unknown[] };
    isDescribedBy(errorAnswer(code), example);
  }
});
