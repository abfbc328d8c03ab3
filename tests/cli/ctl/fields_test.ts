import { deepEqual, throws } from "node:assert/strict";
import { jsonObject } from "../../../lib/cli/command_line.ts";
import { z } from "zod";
import { mergeFields, readFields, readNamedFields } from "../../../lib/cli/ctl/input/fields.ts";

/** The values of words by schema. */
const CASES: [schema: z.ZodType, words: Record<string, unknown>][] = [
  [z.string(), { on: "on", 5: "5", true: "true", null: "null", '"on"': '"on"', "": "", "a=b": "a=b" }],
  [z.enum(["on", "off", "1"]), { on: "on", 1: "1" }],
  [z.number(), { 5: 5, "-5.5": -5.5, "1e3": 1000, on: "on", "": "" }],
  [z.int(), { 5: 5 }],
  [z.boolean(), { true: true, false: false, on: "on" }],
  [z.union([z.number(), z.string()]), { 5: 5, on: "on", true: "true" }],
  [z.string().nullable(), { null: null, 5: "5", on: "on" }],
  [z.number().optional(), { 5: 5 }],
  [z.number().nullable(), { 5: 5, null: null }],
  [z.array(z.number()), { "[1,2]": [1, 2], "1,2": [1, 2], 5: [5], "": [] }],
  [z.array(z.string()), { "1,b": ["1", "b"], '["a,b"]': ["a,b"] }],
  [z.object({ a: z.number() }), { '{"a":1}': { a: 1 }, x: "x" }],
  [z.unknown(), { 5: 5, on: "on", '"on"': "on", null: null }],
  [z.literal("5"), { 5: "5" }],
];

for (const [schema, words] of CASES) {
  const wanted = z.toJSONSchema(z.object({ it: schema }), { io: "input", unrepresentable: "any" });
  const { type = "anything", enum: choices } = (wanted.properties as Record<string, Record<string, unknown>>).it;
  Deno.test(`words become values of a schema: ${choices ?? type} (${schema.type})`, () => {
    for (const [word, value] of Object.entries(words)) {
      deepEqual(readFields([`it=${word}`], wanted), { args: [], named: { it: value } });
      if (!word.includes("=")) deepEqual(readFields([word], wanted), { args: [value], named: {} });
    }
  });
}

const two = z.toJSONSchema(z.object({ label: z.string(), volts: z.number() }));

Deno.test("values without a name are read by the parameters in their order", () => {
  deepEqual(readFields(["5", "5"], two), { args: ["5", 5], named: {} });
  deepEqual(readFields(["volts=5", "5"], two), { args: ["5"], named: { volts: 5 } });
});

Deno.test("without a schema every name is accepted, and values are JSON or text", () => {
  deepEqual(readFields(["a=1", "b=x", "[1]"], {}), { args: [[1]], named: { a: 1, b: "x" } });
});

Deno.test("an unknown name is refused with the known ones, and a repeated name is refused", () => {
  throws(() => readFields(["vlots=5"], two), {
    message: 'Cannot take "vlots=5": there is no "vlots", known are label, volts; did you mean volts?',
  });
  throws(() => readFields(["OUTPUT=1"], two), {
    message: 'Cannot take "OUTPUT=1": there is no "OUTPUT", known are label, volts; ' +
      "for a text with a = in it, write label=OUTPUT=1",
  });
  throws(() => readFields(["volts=5", "volts=6"], two), { message: 'Cannot take "volts=6": "volts" is given twice' });
});

Deno.test("params and options need names", () => {
  throws(() => readNamedFields(["5"], two), { message: 'Cannot take "5": expected key=value' });
});

Deno.test("--json takes an object", () => {
  for (const text of ["[1]", "null", "5"]) throws(() => jsonObject(text), /Expected a JSON object/);
  for (const text of ["{", ""]) throws(() => jsonObject(text), /JSON/);
});

Deno.test("a field given by a word and in --json is refused", () => {
  deepEqual(mergeFields({ a: 1 }, { b: 2 }), { a: 1, b: 2 });
  throws(() => mergeFields({ a: 1, n: 2 }, { n: 1 }), {
    message: 'Cannot take --json {"a":1,"n":2}: "n" is given twice',
  });
});

Deno.test("ctl refuses an integer that would arrive as another one, and names the nearest", () => {
  const schema = z.toJSONSchema(z.object({ id: z.number(), label: z.string(), ids: z.array(z.number()) }));
  const message = /expected a number that is kept exactly, found 9007199254740993, whose nearest is 9007199254740992$/;
  for (const word of ["id=9007199254740993", "ids=1,9007199254740993", "ids=[9007199254740993]", "9007199254740993"]) {
    throws(() => readFields([word], schema), { code: "InvalidRequest", message });
  }
  throws(() => jsonObject('{"id": 9007199254740993}'), { message });
  deepEqual(readFields(["label=9007199254740993", "id=9007199254740992"], schema).named, {
    label: "9007199254740993",
    id: 2 ** 53,
  });
});

Deno.test("ctl refuses 1e400 instead of sending null", () => {
  const schema = z.toJSONSchema(z.object({ volts: z.number() }));
  throws(() => readFields(["volts=1e400"], schema), { message: /found 1e400, beyond the largest, 1\.79\S+e308$/ });
});

Deno.test("ctl shows no password in its errors", () => {
  const schema = z.toJSONSchema(z.object({ user: z.string() }));
  const message = /^(?!.*hunter2).*password.*\*{8}/;
  throws(() => readFields(["password=hunter2"], schema), { message });
  throws(() => readFields(["password=hunter2", "password=hunter2"], {}), { message });
  throws(() => mergeFields({ password: "hunter2" }, { password: "hunter2" }), { message });
});
