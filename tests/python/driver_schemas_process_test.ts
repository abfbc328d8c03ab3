/** A driver in Python describes and refuses an input as one in TypeScript does. */
import { deepEqual, equal } from "node:assert/strict";
import { z } from "zod";
import type { LabError } from "../../lib/errors.ts";
import { parseInput } from "../../lib/host/parse_input.ts";
import { jsonSchema } from "../../lib/host/runtime/describe.ts";
import { python, pythonTest } from "../support/python.ts";

const item = z.strictObject({ a: z.number(), b: z.number().default(3) });

const values: [z.ZodType, ...unknown[]][] = [
  [z.number().min(0).max(20), 1, -1, 21, "a", true, null, [], {}],
  [z.number().gt(1).lt(2), 1.5, 1, 2, 3],
  [z.number().multipleOf(0.5), 1.5, 0.3],
  [z.number().multipleOf(0.1), 0.3, 0.35],
  [z.number().min(5).max(1), 3],
  [z.int(), 1, 1.5, 1e20, -1e20, "1", false],
  [z.int().min(1).max(3), 0, 1, 4, 1.5],
  [z.int().min(5).multipleOf(3), 1, 6],
  [z.string(), "", 5, null],
  [z.string().min(1).max(3), "", "abc", "abcd", "\u{1F600}"],
  [z.string().length(2), "a", "ab"],
  [z.string().regex(/^a+$/), "aa", "b"],
  [z.string().min(3).regex(/b/), "a"],
  [z.enum(["a", "b"]), "a", "c", null, 1],
  [z.enum({ A: 1, B: 2 }), 1, 3, true],
  [z.literal("a"), "a", "b"],
  [z.literal([1, "x"]), 1, "x", 2, "1"],
  [z.boolean(), true, 0, "true", null],
  [z.null(), null, 0],
  [z.unknown(), null, 1, { a: [] }],
  [z.string().nullable(), null, "a", 5],
  [z.number().min(0).nullable(), null, 1, -1, "a"],
  [z.union([z.number(), z.string()]), 1, "a", true, null],
  [z.union([z.number().min(0), z.string()]), -1, true],
  [z.union([z.number(), z.string()]).nullable(), null, true],
  [z.union([item, z.string()]), { a: 1 }, { b: 1 }, 5],
  [z.array(z.number()).min(2).max(3), [1, 2], [1], [1, 2, 3, 4], [1, "a"], ["a"], {}, null],
  [z.array(z.number()).length(2), [1]],
  [z.tuple([z.number(), z.string()]), [1, "a"], [1], [1, "a", 2], ["a", 1], 5],
  [z.record(z.string(), z.number()), {}, { a: 1 }, { a: "b" }, [], null],
  [item, { a: 1 }, { a: 1, b: 2 }, {}, { a: "x", c: 1 }, [], null],
  [z.array(item), [{ a: 1 }], [{ a: 1 }, { b: 1 }]],
  [item.default({ a: 1, b: 2 }), { a: 5 }],
  [z.iso.date(), "2026-01-02", "2026-02-30", "x"],
  [z.iso.datetime({ offset: true }), "2026-01-02T03:04:05Z", "2026-01-02T03:04:05.123456+01:00", "2026-01-02"],
  [z.uuid(), "123e4567-e89b-42d3-a456-426614174000", "x"],
  [z.base64(), "YWJj", "%", "abc"],
];

/** The whole objects: what is missing, and what is not known. */
const objects: [z.ZodObject, ...unknown[]][] = [
  [
    z.strictObject({ n: z.number(), t: z.string().default("x"), e: z.enum(["a", "b"]) }),
    {},
    { n: 1, e: "a", zz: 1 },
    [],
    5,
  ],
  [z.looseObject({ n: z.number().default(1) }), { other: [1] }],
  [z.strictObject({}), {}, { a: 1 }],
];

await pythonTest(
  "a driver in Python refuses an input in the words of one in TypeScript, and fills in its defaults",
  async () => {
    const cases = [
      ...values.flatMap(([schema, ...all]) => all.map((v) => [z.strictObject({ v: schema }), { v }] as const)),
      ...objects.flatMap(([schema, ...all]) => all.map((value) => [schema, value] as const)),
    ];
    const asked = cases.map(([schema, value]) => [jsonSchema(schema), value]);
    const { code, stdout, stderr } = await python("tests/python/schema_answers.py", JSON.stringify(asked));
    equal(code, 0, stderr);
    const answers: unknown[] = JSON.parse(stdout);
    cases.forEach(([schema, value], i) => {
      deepEqual(
        answers[i],
        answerOf(schema, value),
        `${JSON.stringify(asked[i])} is answered ${JSON.stringify(answers[i])}`,
      );
    });
  },
);

await pythonTest("a driver in Python has the JSON Schema of one in TypeScript", async () => {
  const { code, stdout, stderr } = await python("tests/python/schema_answers.py", "describe");
  equal(code, 0, stderr);
  const same = z.strictObject({
    host: z.string().meta({ description: "The name or address" }),
    volts: z.number().min(-20).max(20).meta({ unit: "V" }),
    pair: z.tuple([z.number(), z.string()]),
    port: z.int().min(1).max(65535).default(5025),
    count: z.int().default(3),
    mode: z.enum(["fast", "slow"]).default("fast"),
    label: z.string().nullable().default(null),
    gains: z.array(z.number()).nullable().default(null).meta({ unit: "dB" }),
    step: z.number().positive().multipleOf(0.5).default(1),
    code: z.string().min(1).max(8).regex(/^[A-Z]+$/).default("A"),
    names: z.record(z.string(), z.number()).default({}),
    either: z.union([z.number(), z.string()]).default(0),
    enabled: z.boolean().default(true),
  });
  deepEqual(JSON.parse(stdout), jsonSchema(same));
});

function answerOf(schema: z.ZodObject, value: unknown): unknown {
  try {
    return { value: parseInput(schema, value, "Cannot check") };
  } catch (error) {
    return { issues: (error as LabError).context.issues };
  }
}
