/**
 * An author need not write these: every type below is inferred. Type checking is the test; where `@ts-expect-error`
 * stands, the compiler must refuse the next line.
 *
 * @module
 */
import assert from "node:assert/strict";
import { z } from "zod";
import { type CallContext, defineDriver, type Driver, every, Lost } from "labdaemon/driver";

/** Compiles only if the two types are the same. */
function same<A, B>(..._: (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? [] : [never]) {}

const params = z.object({ host: z.string(), channels: z.array(z.number()).default([0]) });
const options = z.object({ sample_rate: z.number().positive().default(10), mode: z.enum(["fast", "fine"]).optional() });

Deno.test("a driver's author writes no type: all are inferred from the schemas", () => {
  const driver = defineDriver({
    name: "Scope",
    params,
    options,
    sample: z.number(),
    permissions: (params) => {
      same<typeof params, { host: string; channels: number[] }>();
      return { net: [`${params.host}:5025`] };
    },
    create: ({ host, channels }) => {
      same<typeof host, string>();
      same<typeof channels, number[]>();
      return {
        async connect(signal) {
          same<typeof signal, AbortSignal>();
          await Promise.resolve();
        },
        async *stream(signal, { sample_rate, mode }) {
          same<typeof signal, AbortSignal>();
          same<typeof sample_rate, number>();
          same<typeof mode, "fast" | "fine" | undefined>();
          for await (const tick of every(1000 / sample_rate, signal)) yield tick % 2 ? channels[tick] : new Lost(1);
        },
        setRange: (volts: number) => volts,
      };
    },
    methods: {
      set_range: {
        summary: "Change the range",
        input: z.object({ volts: z.number(), slowly: z.boolean().default(false) }),
        run: (scope, { volts, slowly }, context) => {
          same<typeof volts, number>();
          same<typeof slowly, boolean>();
          same<typeof context, CallContext>();
          return scope.setRange(volts);
        },
      },
      beep: { run: (scope) => void scope.setRange(0) },
    },
  });
  same<typeof driver, Driver>();
  assert.equal(driver.name, "Scope");
});

Deno.test("the two other ways to stream need no type either", () => {
  defineDriver({
    name: "Pushing",
    options,
    create: () => ({
      startStreaming(callback, { sample_rate }) {
        same<typeof sample_rate, number>();
        callback(sample_rate);
        callback(new Lost(3));
      },
      stopStreaming(timeout) {
        same<typeof timeout, number>();
      },
      isStreaming: () => false,
    }),
  });
  defineDriver({
    name: "Polled",
    create: () => ({
      read: (signal) => {
        same<typeof signal, AbortSignal>();
        return 1;
      },
    }),
  });
});

Deno.test("a class can be the device of a driver", () => {
  class Supply {
    volts = 0;
    read() {
      return this.volts;
    }
  }
  defineDriver({
    name: "Supply",
    create: () => new Supply(),
    methods: { set: { input: z.object({ volts: z.number() }), run: (supply, { volts }) => supply.volts = volts } },
  });
});

Deno.test("the functions of a property get its value and the device without types", () => {
  defineDriver({
    name: "Supply",
    create: () => ({ volts: 0 }),
    properties: {
      voltage: {
        schema: z.number(),
        get: (supply, { signal }) => {
          same<typeof signal, AbortSignal>();
          return supply.volts;
        },
        set: (supply, value) => {
          same<typeof value, number>();
          supply.volts = value;
        },
      },
      mode: { schema: z.enum(["cc", "cv"]), get: async () => await Promise.resolve("cc" as const) },
    },
  });
});

/** Never called: the compiler refuses each marked line. */
export function whatTheCompilerRefuses() {
  // @ts-expect-error a driver has a name
  defineDriver({ create: () => ({}) });
  // @ts-expect-error and a create function
  defineDriver({ name: "A" });
  defineDriver({
    name: "A",
    params,
    // @ts-expect-error no such parameter
    create: ({ hots }) => ({ hots }),
  });
  defineDriver({
    name: "A",
    options,
    create: () => ({
      // @ts-expect-error no such option
      async *stream(_signal, { rate }) {
        yield await Promise.resolve(rate);
      },
    }),
  });
  defineDriver({
    name: "A",
    // @ts-expect-error a stream is an async iterable, not a number
    create: () => ({ stream: () => 5 }),
  });
  defineDriver({
    name: "A",
    create: () => ({ on: () => {} }),
    methods: {
      // @ts-expect-error the device has no such function
      off: { run: (device) => device.off() },
    },
  });
  defineDriver({
    name: "A",
    create: () => ({}),
    methods: {
      // @ts-expect-error no such argument
      set: { input: z.object({ volts: z.number() }), run: (_device, { watts }) => watts },
    },
  });
  defineDriver({
    name: "A",
    create: () => ({ set: (volts: number) => volts }),
    methods: {
      // @ts-expect-error a text is not a number
      set: { input: z.object({ volts: z.string() }), run: (device, { volts }) => device.set(volts) },
    },
  });
  // @ts-expect-error a schema of params is an object's
  defineDriver({ name: "A", params: z.string(), create: () => ({}) });
  // @ts-expect-error there is no such permission
  defineDriver({ name: "A", permissions: () => ({ network: true }), create: () => ({}) });
  // @ts-expect-error there is no such encoding
  defineDriver({ name: "A", arrays: "hex", create: () => ({}) });
  defineDriver({
    name: "A",
    create: () => ({}),
    properties: {
      // @ts-expect-error a number, not a text
      voltage: { schema: z.number(), get: () => "5" },
    },
  });
}
