/**
 * `deno task benchmark`: how fast the shipped program is, and whether it meets its targets. See docs/benchmarks.md.
 *
 * @module
 */
import { commandLine, parse, positiveNumber, UsageError } from "../lib/cli/command_line.ts";
import { CURVES } from "./curves/mod.ts";
import { inspectMachine } from "./machine.ts";
import { page, plots, withSections } from "./page.ts";
import { checkTable, contenderTable, curveTable, disturbance, markdown, type Report, toJson } from "./report.ts";
import { type Context, figure } from "./workload.ts";
import { WORKLOADS } from "./workloads/mod.ts";

const IDS = [...WORKLOADS, ...CURVES].map(({ id }) => id);

/** A point of a curve is measured once, so it takes longer. */
const CURVE_SECONDS = 1.5;

const ROOT = new URL("../", import.meta.url);

/** The options as commander reads them. */
interface BenchOptions {
  only?: string;
  quick?: boolean;
  rounds?: number;
  seconds?: number;
  write?: true;
}

async function run({ only, quick = false, rounds, seconds, write: isWritten }: BenchOptions): Promise<void> {
  if (Deno.build.os !== "linux") throw new Error("Cannot measure here: CPU and memory are read from Linux's /proc");
  const ids = only?.split(",") ?? IDS;
  const unknown = ids.find((id) => !IDS.includes(id));
  if (unknown) throw new Error(`Cannot measure "${unknown}": known are ${IDS.join(", ")}`);

  const context: Context = {
    machine: await inspectMachine(),
    rounds: rounds ?? (quick ? 1 : 5),
    seconds: seconds ?? (quick ? 1 : 1.5),
    quick,
    progress: (line) => console.error(`  ${line}`),
  };
  const report = await measureAll(context, (id) => ids.includes(id));
  if (report.workloads.length) console.log(`\n${markdown(checkTable(report.workloads))}`);
  for (const line of report.failures) console.log(`Not measured: ${line}`);
  const { cores, isQuiet } = disturbance(report);
  if (!isQuiet) console.log(`The machine was not quiet: others used ${figure(cores)} cores. Do not trust the figures.`);
  if ((!only && !quick) || isWritten) await write(report, only === undefined);
}

async function measureAll(context: Context, isWanted: (id: string) => boolean): Promise<Report> {
  const begun = performance.now();
  const { machine, rounds, seconds } = context;
  const report: Report = {
    ...{ date: new Date().toISOString(), machine, rounds, seconds, minutes: 0 },
    ...{ workloads: [], curves: [], failures: [] },
  };
  const attempt = async ({ id, title }: { id: string; title: string }, run: () => Promise<void>) => {
    console.log(`\n${id}: ${title}`);
    // A failed measurement does not end the others.
    await run().catch((error) => {
      report.failures.push(`${id}: ${error instanceof Error ? error.message : error}`);
      console.error(error);
    });
  };
  for (const workload of WORKLOADS.filter(({ id }) => isWanted(id))) {
    await attempt(workload, async () => {
      const outcome = await workload.run(context);
      report.workloads.push({ workload, outcome });
      console.log([markdown(contenderTable(outcome)), ...outcome.notes ?? []].join("\n"));
    });
  }
  for (const curve of CURVES.filter(({ id }) => isWanted(id))) {
    await attempt(curve, async () => {
      const found = await curve.run({ ...context, seconds: seconds * CURVE_SECONDS });
      report.curves.push(found);
      console.log([markdown(curveTable(found)), ...found.notes].join("\n"));
    });
  }
  report.minutes = (performance.now() - begun) / 60_000;
  return report;
}

/** Writes the page and the plots; of a part, its sections only. */
async function write(report: Report, isWhole: boolean): Promise<void> {
  const path = new URL("docs/benchmarks.md", ROOT);
  await Deno.mkdir(new URL("benchmarks/results/", ROOT), { recursive: true });
  await Deno.mkdir(new URL("docs/benchmarks/", ROOT), { recursive: true });
  if (isWhole) await Deno.writeTextFile(new URL("benchmarks/results/latest.json", ROOT), toJson(report));
  await Deno.writeTextFile(path, isWhole ? page(report) : withSections(await Deno.readTextFile(path), report));
  for (const curve of report.curves) {
    for (const [name, svg] of Object.entries(plots(curve))) {
      await Deno.writeTextFile(new URL(`docs/benchmarks/${name}.svg`, ROOT), svg);
    }
  }
  console.log("\nWritten: docs/benchmarks.md, docs/benchmarks/*.svg");
}

const program = commandLine("deno task benchmark", "Measures the shipped program against its baselines and targets")
  .option("--only <ids>", `some of ${IDS.join(",")}`)
  .option("--quick", "one short round of each, to see that everything works; nothing is written")
  .option("--rounds <number>", "how often each contender is measured (default: 5)", positiveNumber)
  .option("--seconds <number>", "how long each time (default: 1.5)", positiveNumber)
  .option("--write", "write the sections of docs/benchmarks.md that --only names, or with --quick")
  .action(run);

await parse(program, Deno.args).catch((error) => {
  console.error(error instanceof Error ? error.message : error);
  Deno.exit(error instanceof UsageError ? 2 : 1);
});
