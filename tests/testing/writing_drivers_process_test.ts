import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { parseBench } from "../../lib/bench/load_bench.ts";
import { assertConforms, checkDriver, KINDS, RULES } from "../../lib/testing/mod.ts";
import { runCases } from "../support/fault_bench.ts";
import { projectOf } from "./project.ts";
import { blocks, blockWith, page, powerMeter } from "./writing_drivers_page.ts";

Deno.test("docs/writing-drivers.md: the power meter and its test are the files that deno task check formats, lints and type-checks", async () => {
  for (const [name, text] of Object.entries(powerMeter())) {
    equal(text, await Deno.readTextFile(new URL(`../../examples/power_meter/${name}`, import.meta.url)), name);
  }
});

Deno.test("docs/writing-drivers.md: the test of the power meter passes", async () => {
  await using project = await projectOf(powerMeter());
  const [test] = blocks("sh").filter((line) => line.includes("power_meter_test.ts"));
  const [deno, command, ...args] = test.trim().split(" ");
  equal([deno, command], ["deno", "test"]);
  const { code, out, err } = await project.deno(command, "--no-check", ...args);
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
