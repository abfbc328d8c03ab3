/**
 * `deno task bench`: how fast the shipped program is, and whether it meets its targets. See docs/benchmarks.md.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { CURVES } from "./curves/mod.ts";
import { inspectMachine } from "./machine.ts";
import { page, plots } from "./page.ts";
import { checkTable, contenderTable, curveTable, disturbance, markdown, type Report, toJson } from "./report.ts";
import { type Context, figure } from "./workload.ts";
import { WORKLOADS } from "./workloads/mod.ts";

const HELP = `Usage: deno task bench [options]

  --only <ids>        some of: ${[...WORKLOADS, ...CURVES].map(({ id }) => id).join(", ")}
  --quick             one short round of each, to see that everything works; nothing is written
  --rounds <number>   how often each contender is measured (5)
  --seconds <number>  how long each time (1.5)
  --write             write docs/benchmarks.md also when --only leaves something out
`;

/** A point of a curve is measured once, so it takes longer. */
const CURVE_SECONDS = 1.5;

const ROOT = new URL("../", import.meta.url);

async function main(): Promise<void> {
  const { values: flags } = parseArgs({
    options: {
      ...{ only: { type: "string" }, rounds: { type: "string" }, seconds: { type: "string" } },
      ...{ quick: { type: "boolean" }, write: { type: "boolean" }, help: { type: "boolean", short: "h" } },
    },
  });
  if (flags.help) return console.log(HELP);
  if (Deno.build.os !== "linux") throw new Error("Cannot measure here: CPU and memory are read from Linux's /proc");
  const wanted = flags.only?.split(",");
  const known = [...WORKLOADS, ...CURVES].map(({ id }) => id);
  const unknown = wanted?.find((id) => !known.includes(id));
  if (unknown) throw new Error(`Cannot measure "${unknown}": known are ${known.join(", ")}`);

  const quick = flags.quick ?? false;
  const context: Context = {
    machine: await inspectMachine(),
    rounds: positive("rounds", flags.rounds, quick ? 1 : 5),
    seconds: positive("seconds", flags.seconds, quick ? 1 : 1.5),
    quick,
    tell: (line) => console.error(`  ${line}`),
  };
  const report = await measureAll(context, (id) => wanted?.includes(id) ?? true);
  if (report.workloads.length) console.log(`\n${markdown(checkTable(report.workloads))}`);
  for (const line of report.failures) console.log(`Not measured: ${line}`);
  const { cores, isQuiet } = disturbance(report);
  if (!isQuiet) console.log(`The machine was not quiet: others used ${figure(cores)} cores. Do not trust the figures.`);
  if ((!wanted && !quick) || flags.write) await write(report);
}

function positive(name: string, text: string | undefined, otherwise: number): number {
  const value = text === undefined ? otherwise : Number(text);
  if (value > 0 && value < Infinity) return value;
  throw new Error(`Cannot use --${name} ${text}: expected a positive number`);
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
    // What cannot be measured here must not take with it what can.
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

async function write(report: Report): Promise<void> {
  await Deno.mkdir(new URL("benchmarks/results/", ROOT), { recursive: true });
  await Deno.mkdir(new URL("docs/benchmarks/", ROOT), { recursive: true });
  await Deno.writeTextFile(new URL("benchmarks/results/latest.json", ROOT), toJson(report));
  await Deno.writeTextFile(new URL("docs/benchmarks.md", ROOT), page(report));
  for (const curve of report.curves) {
    for (const [name, svg] of Object.entries(plots(curve))) {
      await Deno.writeTextFile(new URL(`docs/benchmarks/${name}.svg`, ROOT), svg);
    }
  }
  console.log("\nWritten: docs/benchmarks.md, docs/benchmarks/*.svg, benchmarks/results/latest.json");
}

await main().catch((error) => {
  console.error(error instanceof Error ? error.message : error);
  Deno.exit(1);
});
