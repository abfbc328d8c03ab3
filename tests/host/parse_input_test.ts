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
  ["a missing key", {}, [{ path: "port", message: "Invalid input: expected string, received undefined" }]],
  ["a wrong type", { port: 1 }, [{ path: "port", message: "Invalid input: expected string, received number" }]],
  ["NaN", { port: "a", rate: NaN }, [{ path: "rate", message: "Invalid input: expected number, received NaN" }]],
  ["a value out of range", { port: "a", rate: 0 }, [{ path: "rate", message: "Too small: expected number to be >0" }]],
  ["unknown keys, each by itself", { port: "a", prot: "b", baud: 1 }, [
    { path: "prot", message: "unknown key; known keys are port, rate, channels" },
    { path: "baud", message: "unknown key; known keys are port, rate, channels" },
  ]],
  ["a place deep inside", { port: "a", channels: [{ gain: 1 }, { gain: "2" }] }, [
    { path: "channels[1].gain", message: "Invalid input: expected number, received string" },
  ]],
  ["an unknown key deep inside", { port: "a", channels: [{ gain: 1, gian: 2 }] }, [
    { path: "channels[0].gian", message: "unknown key" },
  ]],
  ["what is no object", [1], [{ path: "", message: "Invalid input: expected object, received array" }]],
  ["nothing", undefined, [{ path: "", message: "Invalid input: expected object, received undefined" }]],
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
    'Cannot add device "daq1": port: Invalid input: expected string, received undefined; ' +
      "rate: Invalid input: expected number, received string; prot: unknown key; known keys are port, rate, channels",
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
      "gain: expected 1; count: expected a whole number; name: a name with an x",
  });
});

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
