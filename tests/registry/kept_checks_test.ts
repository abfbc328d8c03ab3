import { deepStrictEqual as equal, ok } from "node:assert/strict";
import type { DriverSource } from "../../lib/registry/driver_source.ts";
import { KeptChecks } from "../../lib/registry/kept_checks.ts";
import { planDevice, type PlanInput } from "../../lib/registry/plan.ts";
import { SECRET_SCHEMA, sourceOf } from "../support/checked_source.ts";

/** Plans a device, and lets its process find the same. */
async function start(source: DriverSource, input: PlanInput) {
  const plan = await planDevice(source, input, "Cannot add device");
  plan.check?.stands(await source.checkParams(input.params, ""));
  return plan;
}

Deno.test("An answer is kept once the device's own process has found the same: then the driver is not asked", async () => {
  const { source, asked } = sourceOf({ checks: new KeptChecks(() => {}) });
  const input = { params: { host: "a" }, options: { rate: 1 } };
  await planDevice(source, input, "");
  const first = await planDevice(source, input, "");
  equal(asked, ["params", "options", "params", "options"]);
  equal(first.check?.stands({ params: { host: "a", high: 1 }, permissions: { net: ["a:1"] }, bus: null }), true);
  const second = await planDevice(source, input, "");
  equal(asked.length, 4);
  equal({ ...second, check: 0 }, { ...first, check: 0 });
});

Deno.test("Other params or options are asked for, and so are those of which the device's process finds something else", async () => {
  const { source, asked } = sourceOf({ checks: new KeptChecks(() => {}) });
  await start(source, { params: { host: "a" }, options: { rate: 1 } });
  asked.length = 0;
  await planDevice(source, { params: { host: "b" }, options: { rate: 1 } }, "");
  await planDevice(source, { params: { host: "a" }, options: { rate: 2 } }, "");
  equal(asked, ["params", "options", "params", "options"]);
  const plan = await planDevice(source, { params: { host: "a" } }, "");
  equal(plan.check?.stands(null), true);
  asked.length = 0;
  await planDevice(source, { params: { host: "a" } }, "");
  equal(asked, ["params"]);
});

for (
  const [what, input, schema] of [
    ["the name of a secret", { params: { host: "a", password: "hunter2" } }, {}],
    ["a secret of the driver's schema", { params: { host: "a", pin: 1234 } }, SECRET_SCHEMA],
    ["a param from the environment", { params: { host: "a", pin: "hunter2" }, secrets: SECRET_SCHEMA }, {}],
    ["a secret in a list of mappings", { params: { host: "a", users: [{ token: "hunter2" }] } }, {}],
    ["a secret option", { params: { host: "a" }, options: { api_key: "hunter2" } }, {}],
    ["a secret default", { params: { host: "a" } }, { properties: { high: { secret: true } } }],
  ] as const
) {
  Deno.test(`The answer for params with secrets is not kept: ${what}`, async () => {
    const checks = new KeptChecks(() => {});
    const { source, asked } = sourceOf({ checks, schema });
    const plan = await start(source, input as PlanInput);
    equal([plan.check, checks.toJSON()], [undefined, {}]);
    asked.length = 0;
    await planDevice(source, input as PlanInput, "");
    equal(asked[0], "params");
  });
}

Deno.test("A kept answer with more permissions gets no more than the bench file grants", async () => {
  const params = { host: "a" };
  const forged = { params, permissions: { net: true, run: ["sh"], write: ["/"] }, bus: null };
  const checks = new KeptChecks(() => {}, { [JSON.stringify([params, {}])]: JSON.stringify(forged) });
  const { source, asked } = sourceOf({ checks });
  const plan = await planDevice(source, { params, driverGrants: { Checked: { net: ["a:1"] } } }, "");
  equal([plan.permissions, asked], [{ net: ["a:1"] }, []]);
  // The device's own process asks for less: the plan is made again.
  equal(plan.check?.stands(await source.checkParams(params, "")), false);
  equal(checks.toJSON(), {});
});

for (
  const text of [
    "",
    "{",
    "7",
    '{"params":{},"permissions":{"all":true}}',
    '{"params":{"__proto__":{}},"permissions":{}}',
  ]
) {
  Deno.test(`A kept answer that is none is asked for again: ${text}`, async () => {
    const checks = new KeptChecks(() => {}, { '[{"host":"a"},{}]': text });
    const { source, asked } = sourceOf({ checks });
    await planDevice(source, { params: { host: "a" } }, "");
    equal(asked, ["params"]);
  });
}

Deno.test("Of many answers, those that were used last are kept; a long one is not", () => {
  let changes = 0;
  const checks = new KeptChecks(() => changes++);
  const answer = JSON.stringify({ params: { text: "x".repeat(5_000) }, permissions: {}, bus: null });
  for (let i = 0; i < 60; i++) {
    checks.keep(`[${i}]`, answer);
    checks.find("[0]");
  }
  const kept = Object.keys(checks.toJSON());
  ok(kept.length > 40 && kept.length < 55);
  equal(kept.slice(-2), ["[59]", "[0]"]);
  checks.clear();
  for (let i = 0; i < 300; i++) checks.keep(`[${i}]`, "{}");
  equal(Object.keys(checks.toJSON()).length, 200);
  changes = 0;
  checks.keep("[299]", "{}");
  equal(changes, 0);
  checks.keep("long", "x".repeat(9_000));
  equal(checks.find("long"), undefined);
});
