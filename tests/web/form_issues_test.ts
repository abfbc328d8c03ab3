import { deepEqual as equal } from "node:assert/strict";
import { z } from "zod";
import type { LabError } from "../../lib/errors.ts";
import type { ObjectSchema } from "../../lib/driver/method.ts";
import { parseInput } from "../../lib/host/parse_input.ts";
import type { Issue } from "../../lib/wire/error_report.ts";
import { formOf } from "../../web/form/form_of.ts";
import { placeIssues } from "../../web/form/issues.ts";

const schema = z.strictObject({
  host: z.string().min(1),
  range: z.object({ low: z.number(), high: z.number() }),
  channels: z.array(z.int()),
  names: z.array(z.string().max(3)),
  mode: z.union([z.number().max(5), z.string()]),
  extra: z.record(z.string(), z.number()).optional(),
  limits: z.object({ most: z.number() }).optional(),
});
const form = formOf(z.toJSONSchema(schema, { io: "input" }));

/** The daemon's issues with a value. */
function issuesOf(value: unknown): Issue[] {
  try {
    parseInput(schema as ObjectSchema, value, "Cannot try");
    return [];
  } catch (error) {
    return (error as LabError).context.issues as Issue[];
  }
}

const good = { host: "a", range: { low: 0, high: 1 }, channels: [], names: ["a", "b"], mode: 1 };
const CASES: [what: string, value: unknown, draft: Record<string, string>, beside: string[], above: number][] = [
  ["a field's own", { ...good, host: "" }, {}, ["host"], 0],
  ["one in a group", { ...good, range: { low: 0, high: "x" } }, {}, ["range.high"], 0],
  ["one number of a list in one line, at the line", { ...good, channels: [1, 2, "x"] }, {}, ["channels"], 0],
  ["one row of a list", { ...good, names: ["a", "long"] }, { "names#": "2" }, ["names[1]"], 0],
  ["a row that is not shown, at the list", { ...good, names: ["a", "long"] }, {}, ["names"], 0],
  ["inside what is written as JSON", { ...good, extra: { x: "y" } }, {}, ["extra"], 0],
  ["in a group that is not given, at the group", { ...good, limits: {} }, {}, ["limits"], 0],
  ["an unknown key, above the form", { ...good, hots: 1 }, {}, [], 1],
];
for (const [what, value, draft, beside, above] of CASES) {
  Deno.test(`the daemon's issue is shown at its field: ${what}`, () => {
    const placed = placeIssues(form, draft, issuesOf(value));
    equal([[...placed.beside.keys()], placed.above.length], [beside, above]);
  });
}

Deno.test("an issue at a larger field names the place within it", () => {
  const { beside, above } = placeIssues(form, {}, [
    { path: "channels[2]", message: "too small" },
    { path: "hots", message: "unknown key" },
    { path: "", message: "and 3 more" },
  ]);
  equal(beside.get("channels"), ["[2]: too small"]);
  equal(above, ["hots: unknown key", "and 3 more"]);
});
