import assert from "node:assert/strict";
import { z } from "zod";
import { parseInput } from "../../lib/host/parse_input.ts";
import { LabError } from "../../lib/errors.ts";

const schema = z.strictObject({
  port: z.string(),
  rate: z.number().positive().default(10),
  channels: z.array(z.strictObject({ gain: z.number() })).default([]),
});

/** The refusal of `value`, with its message and its issues. */
function refusal(value: unknown): LabError {
  try {
    parseInput(schema, value, 'Cannot add device "daq1"');
  } catch (error) {
    assert.ok(error instanceof LabError);
    assert.equal(error.code, "InvalidRequest");
    return error;
  }
  assert.fail("it was not refused");
}

Deno.test("parseInput() fills in defaults", () => {
  assert.deepEqual(parseInput(schema, { port: "a" }, "Cannot"), { port: "a", rate: 10, channels: [] });
});

const cases: [string, unknown, { path: string; message: string }[]][] = [
  ["a missing key", {}, [{ path: "port", message: "missing; expected a text" }]],
  ["a wrong type", { port: 1 }, [{ path: "port", message: "expected a text, found 1" }]],
  ["NaN", { port: "a", rate: NaN }, [{ path: "rate", message: "expected a number, found NaN" }]],
  ["a value out of range", { port: "a", rate: 0 }, [{ path: "rate", message: "expected more than 0, found 0" }]],
  ["unknown keys, each by itself", { port: "a", prot: "b", baud: 1 }, [
    { path: "prot", message: "unknown key; did you mean port? Known keys are port, rate, channels" },
    { path: "baud", message: "unknown key; known keys are port, rate, channels" },
  ]],
  ["a place deep inside", { port: "a", channels: [{ gain: 1 }, { gain: "2" }] }, [
    { path: "channels[1].gain", message: "expected a number, found a text: write it without quotes" },
  ]],
  ["an unknown key deep inside", { port: "a", channels: [{ gain: 1, gian: 2 }] }, [
    { path: "channels[0].gian", message: "unknown key" },
  ]],
  ["what is no object", [1], [{ path: "", message: "expected an object, found a list" }]],
  ["nothing", undefined, [{ path: "", message: "missing; expected an object" }]],
];

for (const [name, value, issues] of cases) {
  Deno.test(`parseInput() refuses ${name} with its path`, () => {
    const error = refusal(value);
    assert.deepEqual(error.context, { issues });
    const problems = issues.map(({ path, message }) => path ? `${path}: ${message}` : message).join("; ");
    assert.equal(error.message, `Cannot add device "daq1": ${problems}`);
  });
}

Deno.test("parseInput() reports all issues at once", () => {
  assert.equal(
    refusal({ rate: "fast", prot: 1 }).message,
    'Cannot add device "daq1": port: missing; expected a text; ' +
      "rate: expected a number, found a text; prot: unknown key; did you mean port? Known keys are port, rate, channels",
  );
});

Deno.test("parseInput() reports the first twenty of very many issues, and the number of the others", () => {
  const { message, context } = refusal({
    port: "a",
    ...Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`${"long ".repeat(200)}${i}`, 0])),
  });
  const issues = context.issues as { path: string; message: string }[];
  assert.deepEqual([issues.length, issues.at(-1)], [21, { path: "", message: "and 19980 more" }]);
  assert.ok(issues[0].path.startsWith("long long") && issues[0].path.endsWith("…"));
  assert.ok(JSON.stringify({ message, context }).length < 20_000);
});

Deno.test("parseInput() refuses a key __proto__ wherever it is, also where other keys may be anything", () => {
  const loose = z.looseObject({ limits: z.record(z.string(), z.unknown()).optional() });
  const paths: [json: string, path: string][] = [
    ['{"__proto__":{"admin":true}}', "__proto__"],
    ['{"limits":{"x":[0,{"__proto__":1}]}}', "limits.x[1].__proto__"],
  ];
  for (const [json, path] of paths) {
    assert.throws(() => parseInput(loose, JSON.parse(json), "Cannot call"), {
      message: `Cannot call: ${path}: unknown key`,
      context: { issues: [{ path, message: "unknown key" }] },
    });
  }
  assert.deepEqual(refusal(JSON.parse('{"port":"a","__proto__":1}')).context.issues, [
    { path: "__proto__", message: "unknown key; known keys are port, rate, channels" },
  ]);
  const harmless = JSON.parse('{"constructor":1,"prototype":2,"toString":3}');
  assert.deepEqual(parseInput(loose, harmless, "Cannot call"), harmless);
});

Deno.test("parseInput() describes the expected value in words, unless the schema has its own message", () => {
  const schema = z.object({
    port: z.string().regex(/^COM\d+$/),
    mode: z.enum(["slow", "fast"]),
    gain: z.literal(1),
    count: z.int(),
    name: z.string().regex(/x/, "a name with an x"),
  });
  assert.throws(() => parseInput(schema, { port: "1", mode: "", gain: 2, count: 1.5, name: "y" }, "Cannot"), {
    message: 'Cannot: port: expected a text of the form ^COM\\d+$; mode: expected one of "slow", "fast"; ' +
      "gain: expected 1, found 2; count: expected a whole number, found 1.5; name: a name with an x",
  });
});

const said: [string, z.ZodType, unknown, string][] = [
  ["a value above its limit", z.number().max(30), 45, "expected at most 30, found 45"],
  ["a number off its steps", z.number().multipleOf(5), 7, "expected a multiple of 5, found 7"],
  ["a flag between quotes", z.boolean(), "true", "expected true or false, found a text: write it without quotes"],
  ["no text without showing it", z.string().min(8), "secret", "expected at least 8 characters"],
  ["an empty list", z.array(z.int()).min(1), [], "expected at least 1 item"],
  ["a list of another length", z.tuple([z.int(), z.int()]), [1], "expected at least 2 items"],
  ["a time", z.iso.datetime(), "noon", "expected a date and time, such as 2026-11-26T14:30:00Z"],
  [
    "what is none of two kinds",
    z.union([z.number(), z.boolean()]),
    null,
    "expected a number or true or false, found null",
  ],
  [
    "what is none of two forms",
    z.union([z.strictObject({ a: z.int() }), z.null()]),
    { b: 1 },
    "expected a value of another form",
  ],
];

for (const [name, schema, value, message] of said) {
  Deno.test(`parseInput() says what was expected in place of ${name}`, () => {
    assert.throws(() => parseInput(z.strictObject({ it: schema }), { it: value }, "Cannot"), {
      message: `Cannot: it: ${message}`,
    });
  });
}

Deno.test("parseInput() accepts an object that contains itself", () => {
  const itself: Record<string, unknown> = {};
  itself.self = [itself];
  assert.equal((parseInput(z.looseObject({}), itself, "Cannot").self as unknown[])[0], itself);
});

Deno.test("parseInput() reports that there are no known keys", () => {
  assert.throws(() => parseInput(z.strictObject({}), { volts: 1 }, "Cannot call"), {
    message: "Cannot call: volts: unknown key; known keys are none",
  });
});
