import { deepStrictEqual as equal, match } from "node:assert/strict";
import { z } from "zod";
import { defineDriver } from "../../lib/driver/mod.ts";
import { held } from "../support/scripted_driver.ts";
import { settled } from "../support/watch.ts";
import { webBench } from "../support/web_bench.ts";

/** "adder", a device whose methods give back what they got. */
async function addingBench() {
  const bench = await webBench();
  bench.daemon.registerPlugins({
    devices: {
      Adder: defineDriver({
        name: "Adder",
        create: () => ({}),
        methods: {
          place: {
            input: z.object({ x: z.number(), y: z.number().default(0), label: z.string().optional() }),
            run: (_, input) => input,
          },
          nothing: { run: () => {} },
          odd: {
            run: () => [NaN, Infinity, 2n ** 60n, 5n, new Uint8Array([1, 2]), new Float32Array([0.5]), new Date(0)],
          },
          cycle: {
            run: () => {
              const it: Record<string, unknown> = {};
              return it.self = it;
            },
          },
        },
      }),
      Plain: class {
        #volts = 1;
        add(a: number, b = 10) {
          return a + b + this.#volts;
        }
        configure(options: object) {
          return options;
        }
        _hidden() {}
      },
    },
  });
  for (const [id, type] of [["adder", "Adder"], ["plain", "Plain"]]) {
    await (await bench.daemon.addDevice(id, type)).connect();
  }
  return bench;
}

Deno.test("arguments are given by position, by name, or both; the rest are defaults", async (test) => {
  await using bench = await addingBench();
  const cases: [call: object, result: unknown][] = [
    [{ args: [1, 2] }, { x: 1, y: 2 }],
    [{ args: [1] }, { x: 1, y: 0 }],
    [{ kwargs: { y: 2, x: 1 } }, { x: 1, y: 2 }],
    [{ args: [1], kwargs: { label: "a" } }, { x: 1, y: 0, label: "a" }],
    [{ args: [1], kwargs: {} }, { x: 1, y: 0 }],
    [{ args: null, kwargs: { x: 1 } }, { x: 1, y: 0 }],
    [{ args: [1], kwargs: null }, { x: 1, y: 0 }],
  ];
  for (const [call, result] of cases) {
    await test.step(JSON.stringify(call), async () => {
      const { status, body } = await bench.ask("POST /devices/adder/call", { method: "place", ...call });
      equal([status, body], [200, { result, success: true }]);
    });
  }
});

Deno.test("a method of a registered class gets its arguments unchecked", async (test) => {
  await using bench = await addingBench();
  const cases: [call: object, result: unknown][] = [
    [{ method: "add", args: [1] }, 12],
    [{ method: "add", args: [1, 2] }, 4],
    [{ method: "configure", kwargs: { gain: 2 } }, { gain: 2 }],
  ];
  for (const [call, result] of cases) {
    await test.step(JSON.stringify(call), async () => {
      equal((await bench.ask("POST /devices/plain/call", call)).body, { result, success: true });
    });
  }
});

Deno.test("arguments that do not fit are refused", async (test) => {
  await using bench = await addingBench();
  const cases: [call: object, message: RegExp][] = [
    [{ args: [1, 2, "a", 4] }, /"place" on "adder": it takes 3 arguments \(x, y, label\), and 4 were given/],
    [{ args: [1], kwargs: { x: 1 } }, /"place" on "adder": "x" is given by position and by name/],
    [{ args: [] }, /"place" on "adder": x: .*expected a number/],
    [{ args: ["1"] }, /"place" on "adder": x: .*expected a number, found a text: write it without quotes/],
    [{ args: [1], kwargs: { z: 1 } }, /"place" on "adder": z: unknown key; known keys are x, y, label/],
  ];
  for (const [call, message] of cases) {
    await test.step(JSON.stringify(call), async () => {
      const error = await bench.refusal("POST /devices/adder/call", { method: "place", ...call });
      equal([error.status, error.type, error.origin], [400, "InvalidRequest", "framework"]);
      match(error.message, message);
    });
  }
  equal((await bench.refusal("GET /devices/adder/error")).type, "NoError");
});

Deno.test("a method without an input refuses arguments", async () => {
  await using bench = await addingBench();
  const { status } = await bench.refusal("POST /devices/adder/call", { method: "nothing", args: [1] });
  equal(status, 400);
});

Deno.test("a name that begins with _ and the host's own functions cannot be called", async (test) => {
  await using bench = await addingBench();
  for (const id of ["adder", "plain"]) {
    for (const method of ["_hidden", "__proto__", "_"]) {
      await test.step(`${method} of ${id}`, async () => {
        const { status, type, message } = await bench.refusal(`POST /devices/${id}/call`, { method });
        equal([status, type], [400, "InvalidRequest"]);
        match(message, new RegExp(`"${method}" on "${id}"`));
      });
    }
    for (const method of ["connect", "stream", "constructor", "toString", "hasOwnProperty", ""]) {
      await test.step(`${method} of ${id}`, async () => {
        equal((await bench.refusal(`POST /devices/${id}/call`, { method })).type, "MethodNotFound");
      });
    }
  }
});

Deno.test("a result is encoded as samples are: NaN, BigInt, Date and typed arrays as the contract says", async () => {
  await using bench = await addingBench();
  const odd = await bench.ask("POST /devices/adder/call", { method: "odd" });
  equal(odd.body.result, [null, null, String(2n ** 60n), 5, "AQI=", [0.5], "1970-01-01T00:00:00.000Z"]);
  equal(odd.headers.get("content-type"), "application/json");
  const nothing = await bench.ask("POST /devices/adder/call", { method: "nothing" });
  equal([nothing.status, nothing.body], [200, { result: null, success: true }]);
});

Deno.test("a result that JSON cannot carry is the driver's error", async () => {
  await using bench = await addingBench();
  const { status, type, origin } = await bench.refusal("POST /devices/adder/call", { method: "cycle" });
  equal([status, type, origin], [502, "NotSerializable", "device"]);
});

Deno.test("a call that takes long delays no other request and no stream", async () => {
  await using bench = await webBench();
  await bench.device.connect();
  await using reader = await bench.open("/stream/devices/daq1");
  await reader.state("streaming");
  const work = held();
  bench.instrument.next("work", work.step);
  const slow = bench.ask("POST /devices/daq1/call", { method: "work" });
  await settled();

  equal((await bench.ask("GET /health")).status, 200);
  equal((await bench.ask("GET /devices/daq1")).body.state, "streaming");
  bench.instrument.push(1, 2, 3);
  for (const payload of [1, 2, 3]) equal((await reader.sample()).payload, payload);
  work.release("done");
  equal((await slow).body, { result: "done", success: true });
});

Deno.test("calls of one device run one at a time, in the order of the requests", async () => {
  await using bench = await webBench();
  await bench.device.connect();
  const first = held();
  bench.instrument.next("work", first.step);
  const calls = ["a", "b", "c"].map((name) => bench.ask("POST /devices/daq1/call", { method: "work", args: [name] }));
  first.release("a");
  await Promise.all(calls);
  const worked = bench.instrument.calls.filter((call) => call.startsWith("work"));
  equal(worked, ["work a", "worked a", "work b", "worked b", "work c", "worked c"]);
});
