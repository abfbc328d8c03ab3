import assert from "node:assert/strict";
import { z } from "zod";
import { defineDriver } from "../../lib/driver/mod.ts";
import { describeDriver } from "../../lib/host/runtime/describe.ts";

const create = () => ({ volts: 0 });
const schema = z.number();
const get = () => 0;

for (
  const [property, problem] of [
    [{ _v: { schema, get } }, 'the name of property "_v" must start with a letter and hold letters, digits and _ only'],
    [{ v: { get } }, 'property "v" has no schema, such as z.number()'],
    [{ v: { schema, get: 5 } }, 'the get of property "v" is no function'],
    [{ v: { schema, set: 5 } }, 'the set of property "v" is no function'],
    [{ v: { schema } }, 'property "v" has neither get(device) nor set(device, value)'],
  ] as const
) {
  Deno.test(`defineDriver(): ${problem}`, () => {
    const define = defineDriver as (declaration: unknown) => unknown;
    assert.throws(() => define({ name: "A", create, properties: property }), {
      code: "InvalidRequest",
      message: `Cannot define driver "A": ${problem}`,
    });
  });
}

Deno.test("describeDriver() has properties in their declared order, and what can be done with them", () => {
  const driver = defineDriver({
    name: "Supply",
    create,
    properties: {
      voltage: {
        summary: "Of the output",
        schema: z.number().min(0).max(30).meta({ unit: "V" }),
        get: ({ volts }) => volts,
        set: (device, value) => device.volts = value,
      },
      current: { schema: z.number(), get: () => 0 },
      key: { schema: z.enum(["up", "down"]), set: () => {} },
    },
  });
  const [voltage, ...others] = describeDriver(driver).properties;
  assert.deepEqual(voltage, {
    name: "voltage",
    summary: "Of the output",
    schema: {
      $schema: "https://json-schema.org/draft/2020-12/schema",
      type: "number",
      minimum: 0,
      maximum: 30,
      unit: "V",
    },
    writable: true,
    readable: true,
  });
  assert.deepEqual(others.map(({ name, writable, readable }) => [name, writable, readable]), [
    ["current", false, true],
    ["key", true, false],
  ]);
});

Deno.test("an object as the value of a property refuses unknown keys", () => {
  const { properties } = defineDriver({
    name: "Stage",
    create: () => ({}),
    properties: { place: { schema: z.object({ x: z.number() }), set: () => {} } },
  });
  assert.ok(!properties.place.schema.safeParse({ x: 1, y: 2 }).success);
});
