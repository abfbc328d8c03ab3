import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import fc from "fast-check";
import { boundedContext, cutText } from "../../lib/host/protocol/error_bounds.ts";
import { driverError } from "../../lib/host/runtime/driver_error.ts";
import { packError, unpackError } from "../../lib/host/protocol/wire_error.ts";
import { LabError } from "../../lib/mod.ts";
import { anyText } from "../support/any_text.ts";

Deno.test("unpackError() returns the packed error, without its cause and its stack", () => {
  const error = new LabError("DriverError", "no cable", {
    type: "NoCable",
    context: { port: 3 },
    cause: new Error("x"),
  });
  const unpacked = unpackError(JSON.parse(JSON.stringify(packError(error))));
  const facts = ({ code, type, origin, message, context, cause }: LabError) => [
    code,
    type,
    origin,
    message,
    context,
    cause,
  ];
  equal(facts(unpacked), ["DriverError", "NoCable", "device", "no cable", { port: 3 }, undefined]);
});

Deno.test("cutText() says what was cut, and never exceeds its limit", () => {
  equal(cutText("no cable", 4_000), "no cable");
  match(cutText("x".repeat(30_000_000), 4_000), /^x+… \(30\.0 MB cut to 4\.0 kB\)$/);
  fc.assert(
    fc.property(anyText({ maxLength: 3_000 }), fc.integer({ min: 100, max: 2_000 }), (text, max) => {
      const cut = cutText(text, max);
      ok(cut.length <= max);
      equal(cutText(cut, max), cut);
    }),
  );
});

Deno.test("boundedContext() keeps a small context as it is, and bounds any other", async (test) => {
  const small = { device_id: "daq1", issues: [{ path: "a[0]", message: "expected a number" }], n: 1.5, none: null };
  equal(boundedContext(small), small);
  const deep: Record<string, unknown> = {};
  for (let it = deep, i = 0; i < 20_000; i++) it = it.a = {};
  const cycle: Record<string, unknown> = { a: 1 };
  cycle.self = cycle;
  const odd: Record<string, unknown> = {
    "a deep one": deep,
    "one that contains itself": cycle,
    "many keys": Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`key ${i}`, i])),
    "a long list": Array(1_000_000).fill("x"),
    "long texts in many places": Array(1_000).fill(Array(1_000).fill("x".repeat(10_000))),
    "a large array": new Float64Array(1_000_000),
    "functions, symbols and large integers": { f: () => 1, s: Symbol("s"), n: 10n ** 5000n },
    "a getter that throws": {
      get a() {
        throw new Error("no");
      },
    },
    "a proxy": new Proxy({}, {
      ownKeys: () => {
        throw new Error("no");
      },
    }),
    "a key that sets a prototype": JSON.parse('{"__proto__":{"polluted":1}}'),
  };
  for (const [what, context] of Object.entries(odd)) {
    await test.step(what, () => {
      const bounded = boundedContext({ context });
      ok(JSON.stringify(bounded).length < 70_000);
    });
  }
  fc.assert(fc.property(fc.anything({ withBigInt: true, withTypedArray: true, withMap: true }), (context) => {
    JSON.stringify(boundedContext({ context }));
  }));
});

Deno.test("anything thrown becomes an error that can be packed", async (test) => {
  const thrown: Record<string, unknown> = {
    "an error of 30 MB": new Error("no cable ".repeat(3_000_000)),
    "a LabError of 30 MB": new LabError("DriverError", "x".repeat(3e7), {
      type: "T".repeat(1e6),
      context: { list: Array(1e6).fill(1) },
    }),
    "a message that throws": Object.defineProperty(new Error(), "message", {
      get() {
        throw new Error("no");
      },
    }),
    "a message that is none": Object.assign(new Error(), { message: { toString: 5 } }),
    "a proxy": new Proxy({}, {
      get() {
        throw new Error("no");
      },
      getPrototypeOf() {
        throw new Error("no");
      },
    }),
    "a context that is no JSON": new LabError("DriverError", "x", { context: { n: 1n, f: () => 1 } }),
    "nothing": undefined,
  };
  for (const [what, it] of Object.entries(thrown)) {
    await test.step(what, () => {
      const packed = JSON.stringify(packError(driverError(it, { device_id: "daq1" })));
      ok(packed.length < 50_000, `${packed.length}`);
      equal(unpackError(JSON.parse(packed)).message, JSON.parse(packed).message);
    });
  }
});
