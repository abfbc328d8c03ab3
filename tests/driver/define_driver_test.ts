import assert from "node:assert/strict";
import { z } from "zod";
import { defineDriver, isDriver } from "../../lib/driver/define_driver.ts";
import { LabError } from "../../lib/errors.ts";

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

// What a driver in plain JavaScript can do wrong and TypeScript would not let pass.
for (
  const [declaration, problem] of [
    [{ create }, "its name must start with a letter and hold letters, digits and _ only"],
    [{ name: "A" }, "it has no create(params) function"],
    [{ name: "A", create: {} }, "it has no create(params) function"],
    [{ name: "A", create, methods: { go: {} } }, 'method "go" has no run(device, input) function'],
    [
      { name: "A", create, methods: { _go: { run: () => {} } } },
      'the name of method "_go" begins with _, which nobody could call',
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
  Deno.test(`defineDriver() says that the schema of ${what} is not an object's`, () => {
    const define = defineDriver as (declaration: unknown) => unknown;
    assert.throws(() => define({ name: "A", create, ...schemas }), {
      code: "InvalidRequest",
      message: `Cannot define driver "A": ${what} must be an object's schema, z.object({ … })`,
    });
  });
}

for (const thing of [null, undefined, 1, "driver", {}, { name: "A" }, { name: "A", create }, { create, params: {} }]) {
  Deno.test(`isDriver(${JSON.stringify(thing)}) is false`, () => assert.equal(isDriver(thing), false));
}
