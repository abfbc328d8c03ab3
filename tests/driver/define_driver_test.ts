import assert from "node:assert/strict";
import { z } from "zod";
import { defineDriver, isDriver } from "../../lib/driver/define_driver.ts";
import { LabError } from "../../lib/errors.ts";
import { RESERVED_STREAM_KEYS } from "../../lib/wire/names/stream_keys.ts";

const create = () => ({});

Deno.test("defineDriver() of a name and a create function is a whole driver", () => {
  const driver = defineDriver({ name: "Nothing", create });

  assert.ok(isDriver(driver));
  assert.equal(driver.summary, "");
  assert.equal(driver.arrays, "json");
  assert.equal(driver.sample, undefined);
  assert.deepEqual(driver.permissions({}), {});
  assert.deepEqual(driver.params.parse({}), {});
  assert.deepEqual(driver.options.parse({}), {});
  assert.deepEqual(driver.methods, {});
});

Deno.test("defineDriver() refuses unknown keys of params, options and inputs", () => {
  const driver = defineDriver({
    name: "Laser",
    params: z.object({ port: z.string() }),
    options: z.object({ sample_rate: z.number().default(10) }),
    create,
    methods: {
      set_power: { input: z.object({ watts: z.number() }), run: () => {} },
      beep: { run: () => {} },
    },
  });

  assert.equal(driver.params.safeParse({ port: "a", prot: "b" }).success, false);
  assert.equal(driver.options.safeParse({ rate: 5 }).success, false);
  assert.equal(driver.methods.set_power.input!.safeParse({ watts: 1, volts: 2 }).success, false);
  assert.equal(driver.methods.beep.input!.safeParse({ loud: true }).success, false);
  assert.deepEqual(driver.options.parse({}), { sample_rate: 10 });
});

Deno.test("defineDriver() leaves an author's own rule for unknown keys", () => {
  const driver = defineDriver({
    name: "Laser",
    params: z.looseObject({}),
    options: z.object({}).catchall(z.number()),
    create,
  });

  assert.deepEqual(driver.params.parse({ any: "thing" }), { any: "thing" });
  assert.deepEqual(driver.options.parse({ gain: 2 }), { gain: 2 });
  assert.equal(driver.options.safeParse({ gain: "much" }).success, false);
});

Deno.test("defineDriver() keeps what the author declares", () => {
  const device = { stream: async function* () {} };
  const driver = defineDriver({
    name: "Scope_2",
    summary: "Two channels",
    params: z.object({ host: z.string() }),
    sample: z.number(),
    arrays: "base64",
    permissions: ({ host }) => ({ net: [host] }),
    create: () => device,
  });

  assert.equal(driver.name, "Scope_2");
  assert.equal(driver.summary, "Two channels");
  assert.equal(driver.arrays, "base64");
  assert.deepEqual(driver.permissions({ host: "scope:5025" }), { net: ["scope:5025"] });
  assert.equal(driver.create({ host: "scope:5025" }), device);
  assert.equal(driver.sample!.safeParse(1).success, true);
});

for (const name of ["", "2DAQ", "_daq", "my daq", "my-daq", "däq", "a/b"]) {
  Deno.test(`defineDriver() refuses the name ${JSON.stringify(name)}`, () => {
    assert.throws(() => defineDriver({ name, create }), {
      name: "LabError",
      code: "InvalidRequest",
      message: `Cannot define driver ${JSON.stringify(name)}: ` +
        "its name must start with a letter and hold letters, digits and _ only",
    });
  });
}

// Mistakes of drivers in plain JavaScript, which TypeScript would refuse.
for (
  const [declaration, problem] of [
    [{ create }, "its name must start with a letter and hold letters, digits and _ only"],
    [{ name: "A" }, "it has no create(params) function"],
    [{ name: "A", create: {} }, "it has no create(params) function"],
    [
      { name: "A", create, permissions: { run: ["ls"] } },
      'its permissions must be a function of the params, such as permissions: () => ({ net: ["labpc:5025"] })',
    ],
    [{ name: "A", create, bus: "rs485" }, 'its bus must be a function of the params, such as bus: () => ("rs485")'],
    [{ name: "A", create, methods: { go: {} } }, 'method "go" has no run(device, input) function'],
    [
      { name: "A", create, methods: { _go: { run: () => {} } } },
      'the name of method "_go" begins with _: such methods cannot be called',
    ],
  ] as const
) {
  Deno.test(`defineDriver(): ${problem}, given ${Object.keys(declaration)}`, () => {
    const define = defineDriver as (declaration: unknown) => unknown;
    assert.throws(() => define(declaration), (error: unknown) => {
      assert.ok(error instanceof LabError);
      assert.equal(error.code, "InvalidRequest");
      assert.ok(error.message.endsWith(`: ${problem}`), error.message);
      return true;
    });
  });
}

for (
  const [what, schemas] of [
    ["params", { params: z.string() }],
    ["options", { options: { sample_rate: z.number() } }],
    ['the input of method "go"', { methods: { go: { input: z.array(z.number()), run: () => {} } } }],
  ] as const
) {
  Deno.test(`defineDriver() refuses a schema of ${what} that is not an object schema`, () => {
    const define = defineDriver as (declaration: unknown) => unknown;
    assert.throws(() => define({ name: "A", create, ...schemas }), {
      code: "InvalidRequest",
      message: `Cannot define driver "A": ${what} must be an object's schema, z.object({ … })`,
    });
  });
}

for (const key of RESERVED_STREAM_KEYS) {
  Deno.test(`defineDriver() refuses the option "${key}", which the query of a stream would not pass on`, () => {
    const options = z.object({ [key]: z.number().optional() });
    assert.throws(() => defineDriver({ name: "Laser", options, create }), {
      code: "InvalidRequest",
      message: `Cannot define driver "Laser": its option "${key}" has a name that the query of a stream reserves: ` +
        "since, past, max_rate, thin, waits, no_samples, joins, format, devices, ticket",
    });
  });
}

const push = { startStreaming: () => {}, stopStreaming: () => {}, isStreaming: () => false };

for (
  const [device, problem] of [
    [{ ...push, isStreaming: undefined }, "it has startStreaming and stopStreaming, but no isStreaming"],
    [{ ...push, stopStreaming: undefined }, "it has startStreaming and isStreaming, but no stopStreaming"],
    [{ ...push, startStreaming: undefined }, "it has stopStreaming and isStreaming, but no startStreaming"],
    [{ startStreaming: push.startStreaming }, "it has startStreaming, but no stopStreaming and no isStreaming"],
    [
      { read: () => 1, startStreaming: push.startStreaming },
      "it has startStreaming, but no stopStreaming and no isStreaming",
    ],
  ] as const
) {
  const names = Object.entries(device).flatMap(([name, value]) => value ? [name] : []);
  Deno.test(`a device with only ${names.join(" and ")} is refused when it is created`, () => {
    const driver = defineDriver({ name: "Pusher", create: () => device });
    assert.throws(() => driver.create({}), {
      code: "DriverError",
      type: "IncompleteDriver",
      message: `Cannot create a device of driver "Pusher": ${problem}; ` +
        "a device that pushes its samples needs all of startStreaming, stopStreaming, isStreaming",
    });
  });
}

for (
  const device of [
    {},
    push,
    { stream: async function* () {}, stopStreaming: push.stopStreaming },
    { read: () => 1, isStreaming: push.isStreaming },
  ]
) {
  Deno.test(`a device with [${Object.keys(device)}] is created`, () => {
    assert.equal(defineDriver({ name: "Pusher", create: () => device }).create({}), device);
  });
}

for (const thing of [null, undefined, 1, "driver", {}, { name: "A" }, { name: "A", create }, { create, params: {} }]) {
  Deno.test(`isDriver(${JSON.stringify(thing)}) is false`, () => assert.equal(isDriver(thing), false));
}
