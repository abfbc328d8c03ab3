import { deepStrictEqual as equal } from "node:assert/strict";
import { z } from "zod";
import { defineDriver } from "../../lib/driver/mod.ts";
import { unvalidatedInputs } from "../../lib/testing/probe/unvalidated_inputs.ts";

const problemsOf = (label: z.ZodType) =>
  unvalidatedInputs(defineDriver({
    name: "Ramp",
    create: () => ({}),
    methods: { ramp: { input: z.object({ label }), run: () => {} } },
  }));

for (
  const [what, label] of [
    ["may be null", z.string().nullable().default(null)],
    ["may be null or a list", z.array(z.number()).nullable()],
    ["is one of two types", z.union([z.number(), z.literal("auto")])],
    ["is one of some words", z.enum(["slow", "fast"])],
    ["is one constant", z.literal(5)],
  ] as const
) {
  Deno.test(`check-driver accepts a method whose argument ${what}: it said that it takes anything`, () => {
    equal(problemsOf(label), []);
  });
}

Deno.test("check-driver names an argument that may be anything, and one that takes values of another type", () => {
  equal(problemsOf(z.unknown()), ['ramp takes anything for "label"']);
  equal(problemsOf(z.coerce.string().nullable()), ['ramp takes {"no":"text"} for "label", a string']);
});
