import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { parseBench } from "../../lib/bench/load_bench.ts";
import { assertConforms, checkDriver, KINDS, RULES } from "../../lib/testing/mod.ts";
import { runCases } from "../support/fault_bench.ts";
import { projectOf } from "./project.ts";

const page = await Deno.readTextFile(new URL("../../docs/writing-drivers.md", import.meta.url));

/** The code blocks in a language, in order. */
const blocks = (language: string) =>
  Array.from(page.matchAll(RegExp(`^\`\`\`${language}\\b[^\\n]*\\n(.*?)^\`\`\`$`, "gms")), ([, code]) => code);

/** The code block that holds `text`. */
function blockWith(language: string, text: string): string {
  const found = blocks(language).find((code) => code.includes(text));
  ok(found, `docs/writing-drivers.md has no ${language} block with ${text}`);
  return found;
}

Deno.test("docs/writing-drivers.md: the power meter and its test pass fmt, lint and test", async () => {
  await using project = await projectOf({
    "power_meter.ts": blockWith("ts", 'name: "PowerMeter"'),
    "power_meter_test.ts": blockWith("ts", 'from "./power_meter.ts"'),
  });
  for (const args of [["fmt", "--check", "drivers"], ["lint", "drivers"]]) {
    const { code, out, err } = await project.deno(...args);
    equal(code, 0, out + err);
  }
  const [test] = blocks("sh").filter((line) => line.includes("power_meter_test.ts"));
  const { code, out, err } = await project.deno(...test.trim().split(" ").slice(1));
  equal(code, 0, out + err);
  match(out, /2 passed/);
});

Deno.test("docs/writing-drivers.md: every other driver that needs no instrument keeps the contract", async (test) => {
  const all = blocks("ts").filter((code) => /^export default defineDriver/m.test(code) && !/PowerMeter/.test(code));
  // Those that connect to an instrument are type-checked as examples only.
  const drivers = all.filter((code) => !code.includes("connectLines"));
  equal([all.length, drivers.length], [9, 7]);
  // Most of a check is waiting.
  const checks = drivers.map((code) => {
    const name = code.match(/name: "(\w+)"/)![1];
    return [name, async () => {
      await using project = await projectOf({ "driver.ts": code });
      const options = code.includes("sample_rate") ? { sample_rate: 10 } : {};
      assertConforms(await checkDriver(`${project.folder}/drivers/driver.ts`, { options }));
    }] as const;
  });
  await runCases(test, 3, Object.fromEntries(checks));
});

Deno.test("docs/writing-drivers.md: the first command writes the named files", async () => {
  await using project = await projectOf();
  const [command] = blocks("sh");
  const { code, err } = await project.deno(...command.trim().split(" ").slice(1));
  equal(code, 0, err);
  const files = [...Deno.readDirSync(`${project.folder}/drivers`)].map(({ name }) => `drivers/${name}`).sort();
  equal(files, ["drivers/my_supply.ts", "drivers/my_supply_test.ts"]);
  for (const file of files) ok(page.includes(`\`${file}\``), file);
});

Deno.test("docs/writing-drivers.md: the bench file is valid", () => {
  const { devices } = parseBench(blockWith("yaml", "PowerMeter"), "bench.yaml");
  equal(devices.map(({ id, driver }) => [id, driver]), [["meter1", "PowerMeter"]]);
});

Deno.test("docs/writing-drivers.md lists every rule and every kind of driver", () => {
  const rows = new Map(
    Array.from(
      page.matchAll(/^\| `([\w-]+)` +\| (.*?) +\|/gm),
      ([, name, requirement]): [string, string] => [name, requirement],
    ),
  );
  for (const { name, requirement } of RULES) equal(rows.get(name), requirement);
  for (const kind of Object.keys(KINDS)) ok(rows.has(kind), kind);
});
