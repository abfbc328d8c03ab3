import { deepEqual as equal } from "node:assert/strict";
import fc from "fast-check";
import { z } from "zod";
import { type Draft, draftOf, withoutRow } from "../../web/form/draft.ts";
import type { Field } from "../../web/form/field.ts";
import { formOf } from "../../web/form/form_of.ts";
import { readForm } from "../../web/form/value.ts";

const form = (schema: z.ZodType) => formOf(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }));
const sent = (field: Field, draft: Draft = {}) => readForm(field, draft).value;
/** The value that reaches the daemon. */
const wired = (value: unknown) => JSON.parse(JSON.stringify(value));

/** A schema of each kind, with a value that it takes. */
type Example = { schema: z.ZodType; value: unknown };
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0);
const leaves: fc.Arbitrary<Example> = fc.oneof(
  number.map((value) => ({ schema: z.number().meta({ unit: "V" }), value })),
  fc.integer().map((value) => ({ schema: z.int(), value })),
  fc.string().map((value) => ({ schema: z.string(), value })),
  fc.boolean().map((value) => ({ schema: z.boolean(), value })),
  fc.constantFrom("slow", "fast").map((value) => ({ schema: z.enum(["slow", "fast"]), value })),
  fc.constantFrom(1, 2, 4).map((value) => ({ schema: z.literal([1, 2, 4]), value })),
  fc.option(number).map((value) => ({ schema: z.number().nullable(), value })),
  fc.option(fc.boolean()).map((value) => ({ schema: z.boolean().nullable(), value })),
  fc.oneof(number, fc.boolean()).map((value) => ({ schema: z.union([z.number(), z.boolean()]), value })),
  fc.array(number).map((value) => ({ schema: z.array(z.number()), value })),
  fc.array(fc.string()).map((value) => ({ schema: z.array(z.string()), value })),
  fc.dictionary(fc.constantFrom("a", "b"), fc.integer(), { noNullPrototype: true }).map((value) => ({
    schema: z.record(z.string(), z.number()),
    value,
  })),
  fc.tuple(number, fc.boolean()).map((value) => ({ schema: z.tuple([z.number(), z.boolean()]), value })),
);
const keys = fc.constantFrom("host", "port", "sample_rate", "a b", "gain");
const objectOf = (part: fc.Arbitrary<Example>): fc.Arbitrary<Example> =>
  fc.dictionary(keys, part, { noNullPrototype: true, maxKeys: 4 }).map((parts) => ({
    schema: z.object(Object.fromEntries(Object.entries(parts).map(([key, it]) => [key, it.schema]))),
    value: Object.fromEntries(Object.entries(parts).map(([key, it]) => [key, it.value])),
  }));
const parts = fc.oneof(
  leaves,
  objectOf(leaves),
  objectOf(leaves).map(({ schema, value }) => ({ schema: z.array(schema), value: [value, value] })),
);

Deno.test("an untouched form leaves every default to the daemon", () => {
  const withDefault = parts.map(({ schema, value }) => ({
    schema: z.prefault(schema, value as z.core.util.NoUndefined<unknown>),
    value,
  }));
  fc.assert(fc.property(objectOf(withDefault), ({ schema, value }) => {
    equal(sent(form(schema)), {});
    equal(schema.parse(sent(form(schema))), value);
  }));
});

Deno.test("a value that was sent is entered again unchanged, whatever the schema", () => {
  fc.assert(fc.property(objectOf(parts), ({ schema, value }) => {
    const field = form(schema);
    equal(sent(field, draftOf(field, wired(value))), wired(value));
  }));
});

Deno.test("a default that is part of a larger one is sent with what was changed beside it", () => {
  const field = form(
    z.object({ range: z.object({ low: z.number(), high: z.number() }).default({ low: 0, high: 10 }) }),
  );
  equal(sent(field, { "range.high": "5" }), { range: { low: 0, high: 5 } });
});

const cases: [name: string, schema: z.ZodType, draft: Draft, value: unknown][] = [
  ["an optional field that is empty is left out", z.number().optional(), { it: "" }, undefined],
  ["an emptied field is its default again", z.number().default(3), { it: "" }, undefined],
  ["an emptied text is an empty text", z.string().default("hello"), { it: "" }, ""],
  ["a text that must be given and was not touched is missing", z.string(), {}, undefined],
  ["an empty field that may be null is null", z.number().nullable(), {}, null],
  ["an emptied field that may be null is null, not its default", z.number().nullable().default(5), { it: " " }, null],
  ["a number as programs write it", z.number(), { it: " 1e-3 " }, 0.001],
  ["an unticked box is false", z.boolean(), {}, false],
  ["numbers as people separate them", z.array(z.number()), { it: "[1, 2;3 4]" }, [1, 2, 3, 4]],
  ["no numbers are an empty list, where there must be one", z.array(z.number()), {}, []],
  ["no numbers are left out, where there need be none", z.array(z.number()).optional(), { it: "" }, undefined],
  ["a group that is not given is left out", z.object({ a: z.number().default(1) }).optional(), {}, undefined],
  ["a group that is given is sent with what was typed", z.object({ a: z.number().default(1) }).optional(), {
    "it?": "true",
  }, {}],
  ["JSON is sent as it was written", z.any(), { it: '{"a": [1]}' }, { a: [1] }],
  ["a choice that is no longer offered is sent, for the daemon to say so", z.enum(["a", "b"]), { it: "c" }, "c"],
  [
    "of several forms, the one that was picked",
    z.discriminatedUnion("by", [
      z.object({ by: z.literal("usb") }),
      z.object({ by: z.literal("lan"), host: z.string() }),
    ]),
    { "it|": "1", "it.host": "10.0.0.7" },
    { by: "lan", host: "10.0.0.7" },
  ],
];
for (const [name, schema, draft, value] of cases) {
  Deno.test(name, () => {
    equal(sent(form(z.object({ it: schema })), draft), value === undefined ? {} : { it: value });
  });
}

Deno.test("a text that is not JSON is an issue at its field, and is not sent", () => {
  const { issues } = readForm(form(z.object({ it: z.any() })), { it: "{nonsense" });
  equal(issues.map(({ path }) => path), ["it"]);
});

const LIMITS = z.object({ low: z.number().meta({ unit: "V" }), high: z.number() });
const UNREADABLE: [where: string, schema: z.ZodType, draft: Draft, path: string][] = [
  ["a field", z.number(), { it: "0,5" }, "it"],
  ["a whole number's field", z.int(), { it: "0x10" }, "it"],
  ["a field that may be empty", z.number().nullable().default(null), { it: "0,5" }, "it"],
  ["a list in one line", z.array(z.number()), { it: "1; 0,5" }, "it"],
  ["a list of few", z.tuple([z.number(), z.number()]), { "it[0]": "1", "it[1]": "0,5" }, "it[1]"],
  ["a row of a list", z.array(LIMITS), { "it#": "1", "it[0].low": "0,5", "it[0].high": "1" }, "it[0].low"],
  ["a group in a group", z.object({ of: LIMITS }), { "it.of.low": "1", "it.of.high": "0,5" }, "it.of.high"],
  ["one of several forms", z.union([z.boolean(), z.number()]), { "it|": "1", it: "0,5" }, "it"],
  ["a record", z.record(z.string(), z.number()), { it: '{"a": 9007199254740993}' }, "it"],
  ["a list that is written as JSON", z.array(z.any()), { "it#": "1", "it[0]": "[1, 1e400]" }, "it[0]"],
];
for (const [where, schema, draft, path] of UNREADABLE) {
  Deno.test(`what is no number is shown where it stands, and nothing like it is sent: ${where}`, () => {
    const { issues } = readForm(form(z.object({ it: schema })), draft);
    equal(issues.map((it) => it.path), [path]);
  });
}

Deno.test("a row that is taken out leaves the others as they are", () => {
  const field = form(z.object({ it: z.array(z.string()).default(["a", "b", "c"]) }));
  const [rows] = field.kind === "group" ? field.fields : [];
  equal(sent(field, withoutRow(rows, { "it[2]": "C" }, 0)), { it: ["b", "C"] });
});
