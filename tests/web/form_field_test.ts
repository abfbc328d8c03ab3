import { deepEqual as equal } from "node:assert/strict";
import { z } from "zod";
import { formOf, words } from "../../web/form/form_of.ts";
import { fieldUnit, hintOf, wayLabel } from "../../web/form/hint.ts";

const fieldsOf = (shape: Record<string, z.ZodType>) => {
  const form = formOf(z.toJSONSchema(z.object(shape), { io: "input", unrepresentable: "any" }));
  return form.kind === "group" ? form.fields : [];
};
const fieldOf = (schema: z.ZodType) => fieldsOf({ it: schema })[0];

const endless: z.ZodType = z.object({
  get parts() {
    return z.array(endless);
  },
});
const KINDS: [schema: z.ZodType, kind: string][] = [
  [z.number(), "number"],
  [z.int(), "number"],
  [z.coerce.number(), "number"],
  [z.string(), "text"],
  [z.ipv4(), "text"],
  [z.number().nullable(), "number"],
  [z.boolean(), "switch"],
  [z.boolean().default(true), "switch"],
  [z.boolean().optional(), "choice"],
  [z.boolean().nullable(), "choice"],
  [z.enum(["a", "b"]), "choice"],
  [z.union([z.literal("a"), z.literal(2)]), "choice"],
  [z.literal("a"), "fixed"],
  [z.literal("a").optional(), "choice"],
  [z.null(), "fixed"],
  [z.array(z.number()), "numbers"],
  [z.array(z.string()), "rows"],
  [z.array(z.number().nullable()), "rows"],
  [z.array(z.enum(["a", "b"])), "rows"],
  [z.array(z.object({ a: z.number() })), "rows"],
  [z.array(z.string()).default(Array(100).fill("")), "json"],
  [z.object({ a: z.number() }), "group"],
  [z.object({ a: z.number() }).nullable(), "either"],
  [z.union([z.number(), z.string()]), "either"],
  [z.discriminatedUnion("k", [z.object({ k: z.literal("a") }), z.object({ k: z.literal("b") })]), "either"],
  [z.tuple([z.number(), z.number()]), "group"],
  [z.tuple([z.number()], z.string()), "json"],
  [z.record(z.string(), z.number()), "json"],
  [z.looseObject({ a: z.number() }), "json"],
  [z.any(), "json"],
  [z.date(), "json"],
  [endless, "group"],
];

Deno.test("each schema has a fitting control, and one without has a JSON field", () => {
  for (const [schema, kind] of KINDS) {
    equal([z.toJSONSchema(schema, { unrepresentable: "any" }), fieldOf(schema).kind], [
      z.toJSONSchema(schema, { unrepresentable: "any" }),
      kind,
    ]);
  }
});

Deno.test("a recursive schema ends in JSON", () => {
  const field = fieldOf(endless);
  const parts = field.kind === "group" ? field.fields[0] : undefined;
  equal(parts?.kind === "rows" && parts.item(0).kind, "json");
});

Deno.test("no hand-written JSON Schema breaks the form or vanishes from it", () => {
  const properties = {
    a: { type: ["string", "integer"] },
    b: { $ref: "#/$defs/gone" },
    c: { allOf: [{ type: "number" }] },
    d: true,
    e: { type: "array" },
    f: { not: {} },
    g: { type: "object" },
    h: { enum: [] },
  };
  const form = formOf({ type: "object", properties } as unknown as Record<string, unknown>);
  equal(form.kind === "group" && form.fields.map(({ kind }) => kind), [
    "either",
    "json",
    "json",
    "json",
    "json",
    "json",
    "group",
    "choice",
  ]);
});

Deno.test("a schema that is defined once and used twice is two fields, each with its unit", () => {
  const volts = z.number().meta({ id: "volts", unit: "V" });
  const fields = fieldsOf({ low: volts, high: volts.default(10) });
  equal(fields.map((it) => [it.kind, fieldUnit(it), it.required, it.initial]), [
    ["number", "V", true, undefined],
    ["number", "V", false, 10],
  ]);
});

const HINTS: [schema: z.ZodType, hint: string][] = [
  [z.number(), ""],
  [z.int(), "A whole number."],
  [
    z.number().min(0).max(50).default(10).meta({ unit: "V", description: "Upper end." }),
    "Upper end. 0 to 50 V; default 10 V.",
  ],
  [z.number().positive().lt(5), "More than 0, less than 5."],
  [z.number().multipleOf(0.5), "In steps of 0.5."],
  [z.int().min(1), "At least 1, a whole number."],
  [z.string().min(1), ""],
  [z.string().max(1), "At most 1 character."],
  [z.ipv4(), "An IP address, such as 192.168.1.20."],
  [z.string().regex(/^COM\d+$/), "Of the form ^COM\\d+$."],
  [z.number().nullable(), "Empty for none."],
  [
    z.array(z.int().min(0).max(7)).min(1),
    "Numbers separated by commas, each 0 to 7, a whole number, at least 1 number.",
  ],
  [z.array(z.string()).length(2), "Exactly 2 items."],
  [z.any(), "Written as JSON."],
];

Deno.test("a hint has the description, the limits and the default", () => {
  equal(HINTS.map(([schema]) => hintOf(fieldOf(schema))), HINTS.map(([, hint]) => hint));
});

Deno.test("alternative forms have distinct labels", () => {
  const field = fieldOf(z.union([
    z.number().meta({ unit: "V" }),
    z.object({ by: z.literal("usb"), port: z.int() }),
    z.object({ host: z.string() }),
    z.null(),
  ]));
  equal(field.kind === "either" && field.ways.map(wayLabel), ["a number in V", "usb", "host", "none"]);
});

Deno.test("a key is a label", () => {
  equal(["high", "sample_rate", "sampleRate", "IPAddress", ""].map(words), [
    "High",
    "Sample rate",
    "Sample rate",
    "IPAddress",
    "",
  ]);
});
