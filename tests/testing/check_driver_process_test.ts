import { deepStrictEqual as equal, match, throws } from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { assertConforms, checkDriver, report, type RuleResult, RULES } from "../../lib/testing/mod.ts";
import { projectOf } from "./project.ts";

const root = new URL("../../", import.meta.url);

/** Runs `check-driver`. */
async function check(...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "check-driver", ...args],
    cwd: root,
    env: { NO_COLOR: "1" },
  }).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, out, err };
}

Deno.test("deno task check-driver prints a line for each rule, and exits with 0 for a driver that keeps them", async () => {
  const { code, out } = await check("drivers/streaming_daq.ts", "--options", '{"sample_rate": 100}');
  equal(code, 0, out);
  const rules = out.split("\n").map((line) => /^(ok|n\/a) +(\S+) {2,}\S/.exec(line)?.[2]).filter(Boolean);
  equal(rules, RULES.map(({ name }) => name));
  match(out, /\ndrivers\/streaming_daq\.ts: \d+ passed, 0 failed, \d+ not applicable\n$/);
});

Deno.test("deno task check-driver exits with 1 for a broken driver, with the reason and the place of the rule", async () => {
  const { code, out } = await check("tests/support/broken_drivers/methods_take_anything.ts");
  equal(code, 1);
  match(out, /\nFAIL {2}methods +set_power takes keys that it does not know/);
  match(out, /\n +Methods refuse keys .*\n +see lib\/driver\/method\.ts, MethodDefinition\.input\n/);
});

Deno.test("deno task check-driver --json prints the results as JSON", async () => {
  const { code, out } = await check("tests/support/broken_drivers/loads_no_default_export.ts", "--json");
  equal(code, 1);
  const results: RuleResult[] = JSON.parse(out);
  equal(results.map(({ rule }) => rule), RULES.map(({ name }) => name));
  equal(results.map(({ status }) => status), results.map((_, i) => i ? "not applicable" : "failed"));
});

Deno.test("deno task check-driver exits with 2 and its usage for a wrong command line", async () => {
  for (
    const [args, problem] of [
      [[], /^Cannot check a driver: Missing required argument 'file'/],
      [["a.ts", "--params", "[1]"], /--params <json>' argument '\[1\]' is invalid\. Expected a JSON object/],
      [["a.ts", "--options", "{sample_rate: 1}"], /^Cannot check a driver: .*JSON/],
    ] as const
  ) {
    const { code, err } = await check(...args);
    equal(code, 2);
    match(err, problem);
    match(err, /Help: deno task check-driver --help/);
  }
});

Deno.test("deno task check-driver names the place of a file that is not there: it printed a rule and 'Module not found'", async () => {
  const { code, out, err } = await check("drivers/nowhere.ts");
  equal([code, out], [2, ""]);
  equal(err.trim(), `Cannot check a driver: there is no file ${fileURLToPath(new URL("drivers/nowhere.ts", root))}`);
});

Deno.test("checkDriver() of a missing file fails the rule loads, and no other", async () => {
  const results = await checkDriver(new URL("drivers/nowhere.ts", root));
  equal(results.filter(({ status }) => status === "failed").map(({ rule }) => rule), ["loads"]);
  match(results[0].reason, /Module not found/);
});

Deno.test("checkDriver() with invalid params fails the rule params only", async () => {
  const [, params, ...others] = await checkDriver(new URL("drivers/streaming_daq.ts", root), {
    params: { high: "ten" },
  });
  equal(params.status, "failed");
  match(params.reason, /^It refuses the params: high: .*expected a number/);
  equal(others.filter(({ status }) => status === "failed"), []);
});

Deno.test("checkDriver() calls no method", async () => {
  await using project = await projectOf({
    "careful.ts": `
      import { defineDriver, every } from "labdaemon/driver";
      export default defineDriver({
        name: "Careful",
        create: () => ({ async *stream(signal) { for await (const _ of every(20, signal)) yield 1; } }),
        methods: { fire: { run: () => Deno.exit(3) } },
      });`,
  });
  assertConforms(await checkDriver(`${project.folder}/drivers/careful.ts`));
});

Deno.test("checkDriver() passes a driver with methods only, and one with nothing", async () => {
  await using project = await projectOf({
    "shutter.ts": `
      import { defineDriver } from "labdaemon/driver";
      export default defineDriver({
        name: "Shutter",
        create: () => ({ isOpen: false }),
        methods: { open: { run: (shutter) => shutter.isOpen = true } },
      });`,
    "nothing.ts": `
      import { defineDriver } from "labdaemon/driver";
      export default defineDriver({ name: "Nothing", create: () => ({}) });`,
  });
  for (const file of ["shutter.ts", "nothing.ts"]) {
    const results = await checkDriver(`${project.folder}/drivers/${file}`);
    assertConforms(results);
    const streams = results.find(({ rule }) => rule === "streams")!;
    equal([streams.status, streams.reason], ["not applicable", "it does not stream"]);
  }
});

Deno.test("assertConforms() throws with every failed rule, its reason and its place", () => {
  const result = (rule: string, status: RuleResult["status"]) => ({
    rule,
    status,
    requirement: "S",
    reason: "W",
    reference: "F, X",
  });
  assertConforms([result("a", "passed"), result("b", "not applicable")]);
  throws(() => assertConforms([result("a", "failed"), result("b", "passed"), result("c", "failed")]), {
    name: "AssertionError",
    message: "The driver breaks 2 rules:\n- a: W\n  (S; see F, X)\n- c: W\n  (S; see F, X)",
  });
});

Deno.test("report() has a line for each rule, and two more for a failed one", () => {
  const result = (rule: string, status: RuleResult["status"]) => ({
    rule,
    status,
    requirement: "S",
    reason: "W",
    reference: "F, X",
  });
  const text = report("d.ts", [result("long-rule", "passed"), result("b", "failed"), result("c", "not applicable")]);
  equal(text.split("\n"), [
    "ok    long-rule  W",
    "FAIL  b          W",
    "                 S",
    "                 see F, X",
    "n/a   c          W",
    "",
    "d.ts: 1 passed, 1 failed, 1 not applicable",
  ]);
});
