import assert from "node:assert/strict";
import { z } from "zod";
import { defineDriver } from "../../../lib/driver/define_driver.ts";
import { describeDriver } from "../../../lib/host/runtime/describe.ts";

const supply = defineDriver({
  name: "Supply",
  summary: "One channel",
  params: z.object({ host: z.string().default("10.0.0.5").meta({ description: "Its address" }) }),
  options: z.object({ sample_rate: z.number().positive().default(10).meta({ unit: "Hz" }) }),
  sample: z.number().meta({ unit: "V" }),
  permissions: ({ host }) => ({ net: [`${host}:5025`] }),
  create: () => ({}),
  methods: {
    ramp: {
      summary: "Go there slowly",
      input: z.object({
        volts: z.number().meta({ unit: "V", description: "Where to go" }),
        seconds: z.number().default(1).meta({ unit: "s" }),
        mode: z.enum(["linear", "smooth"]).optional(),
        points: z.array(z.number()).default([]),
        slowly: z.boolean().default(false),
      }),
      run: () => {},
    },
    beep: { run: () => {} },
  },
});

Deno.test("describeDriver() has a method's arguments in their declared order", () => {
  const [ramp] = describeDriver(supply).methods;
  assert.equal(ramp.name, "ramp");
  assert.equal(ramp.doc, "Go there slowly");
  assert.deepEqual(ramp.parameters, [
    { name: "volts", type: "number", required: true, unit: "V", description: "Where to go" },
    { name: "seconds", type: "number", required: false, default: 1, unit: "s" },
    { name: "mode", type: "string", required: false },
    { name: "points", type: "array", required: false, default: [] },
    { name: "slowly", type: "boolean", required: false, default: false },
  ]);
});

Deno.test("describeDriver() gives schemas that keep units and refuse unknown keys", () => {
  const { name, summary, params, options, sample, methods } = describeDriver(supply);
  assert.equal(name, "Supply");
  assert.equal(summary, "One channel");
  assert.deepEqual(params.properties, { host: { default: "10.0.0.5", description: "Its address", type: "string" } });
  assert.equal(params.additionalProperties, false);
  assert.deepEqual(options.properties, {
    sample_rate: { default: 10, unit: "Hz", type: "number", exclusiveMinimum: 0 },
  });
  assert.equal(options.required, undefined);
  assert.equal(sample?.unit, "V");
  assert.deepEqual(methods[0].input.required, ["volts"]);
});

Deno.test("describeDriver() of a method without input has no arguments", () => {
  const [, beep] = describeDriver(supply).methods;
  assert.equal(beep.doc, "");
  assert.deepEqual(beep.parameters, []);
});

Deno.test("describeDriver() has the permissions that follow from default params", () => {
  assert.deepEqual(describeDriver(supply).permissions, { net: ["10.0.0.5:5025"] });
});

Deno.test("describeDriver() has no permissions where they depend on params without default", () => {
  const driver = defineDriver({
    name: "A",
    params: z.object({ host: z.string() }),
    permissions: ({ host }) => ({ net: [host] }),
    create: () => ({}),
  });
  assert.equal(describeDriver(driver).permissions, null);
});

Deno.test("describeDriver() has the permissions that do not depend on params, which may be none", () => {
  const declaration = { name: "A", params: z.object({ host: z.string() }), create: () => ({}) };
  assert.deepEqual(describeDriver(defineDriver(declaration)).permissions, {});
  const always = defineDriver({ ...declaration, permissions: () => ({ env: ["HOME"] }) });
  assert.deepEqual(describeDriver(always).permissions, { env: ["HOME"] });
});

Deno.test("describeDriver() allows any value where JSON Schema has no type", () => {
  const driver = defineDriver({
    name: "A",
    options: z.object({ until: z.date().optional() }),
    sample: z.instanceof(Float64Array),
    create: () => ({}),
  });
  const { options, sample } = describeDriver(driver);
  assert.deepEqual(options.properties, { until: {} });
  assert.ok(sample);
});

Deno.test("a description survives JSON", () => {
  const description = describeDriver(supply);
  assert.deepEqual(JSON.parse(JSON.stringify(description)), JSON.parse(JSON.stringify(description)));
  assert.equal(describeDriver(defineDriver({ name: "A", create: () => ({}) })).sample, null);
});
