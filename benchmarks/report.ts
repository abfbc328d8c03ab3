import type { Curve } from "./curve.ts";
import { limitOf } from "./limit.ts";
import type { Machine } from "./machine.ts";
import type { Figures } from "./measure.ts";
import { typical } from "./rounds.ts";
import { median } from "./statistics.ts";
import { figure, type Outcome, type Workload } from "./workload.ts";

/** Everything that a run has found. */
export interface Report {
  date: string;
  machine: Machine;
  rounds: number;
  seconds: number;
  minutes: number;
  workloads: { workload: Workload; outcome: Outcome }[];
  curves: Curve[];
  /** The workloads that could not be measured, with the reason. */
  failures: string[];
}

const COLUMNS: [heading: string, of: (it: Figures) => number][] = [
  ["events/s", (it) => it.eventsPerSecond],
  ["CPU s/M", (it) => it.serverPerMillion],
  ["driver s/M", (it) => it.driverPerMillion],
  ["server cores", (it) => it.serverCores],
  ["load cores", (it) => it.loadCores],
  ["other cores", (it) => it.otherCores],
  ["p50 ms", (it) => it.p50],
  ["p99 ms", (it) => it.p99],
  ["reported lost", (it) => it.lost],
  ["unreported", (it) => it.unreported],
  ["RSS MB", (it) => median(it.resident) / 1e6],
];

/** The column that names what limited a measurement. */
const LIMIT = "limited by";

const CORES = navigator.hardwareConcurrency;

/** More than this of a core used by others, and the machine was not quiet. */
const QUIET_CORES = 0.1;

/** The median of the cores that other programs used meanwhile, and true if the machine was quiet. */
export function disturbance({ workloads, curves }: Pick<Report, "workloads" | "curves">) {
  const cores = median([
    ...workloads.flatMap(({ outcome: { rounds } }) => [...rounds.values()].flat()),
    ...curves.flatMap(({ lines }) => [...lines.values()].flat().map(({ figures }) => figures)),
  ].map(({ otherCores }) => otherCores));
  return { cores, isQuiet: !(cores > QUIET_CORES) };
}

/** A table of text cells. */
export interface Table {
  head: string[];
  rows: string[][];
}

/** The figures of each contender: medians over the rounds. */
export function contenderTable({ rounds }: Outcome): Table {
  const limits = (name: string) => [...new Set(rounds.get(name)!.map((it) => limitOf(it, CORES)))].join(", ");
  return {
    head: ["", ...COLUMNS.map(([heading]) => heading), LIMIT],
    rows: [...rounds.keys()].map((name) => [
      ...[name, ...COLUMNS.map(([, of]) => figure(typical(rounds, name, of)))],
      limits(name),
    ]),
  };
}

/** Every target, with what was measured and whether that meets it. */
export function checkTable(workloads: Report["workloads"]): Table {
  return {
    head: ["", "workload", "what", "to reach", "measured", ""],
    rows: workloads.flatMap(({ workload: { id, title }, outcome: { checks } }) =>
      checks.map(({ what, target, measured, met }, i) => [
        ...i === 0 ? [id, title] : ["", ""],
        ...[what, target, measured, met ? "met" : "**not met**"],
      ])
    ),
  };
}

/** A curve, a row for each point of each line. */
export function curveTable({ lines, x, columns }: Curve): Table {
  const named = lines.size > 1;
  return {
    head: [...named ? [""] : [], x, ...Object.keys(columns), LIMIT],
    rows: [...lines].flatMap(([name, points]) =>
      points.map((point) => [
        ...named ? [name] : [],
        point.x.toLocaleString("en"),
        ...Object.values(columns).map((of) => figure(of(point))),
        limitOf(point.figures, CORES),
      ])
    ),
  };
}

/** A table for Markdown, also easy to read as it stands. */
export function markdown({ head, rows }: Table): string {
  const widths = head.map((_, i) => Math.max(3, ...[head, ...rows].map((row) => row[i].length)));
  const line = (row: string[]) => `| ${row.map((cell, i) => cell.padEnd(widths[i])).join(" | ")} |`;
  return [line(head), `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`, ...rows.map(line)].join("\n");
}

/** The report as JSON: every round's figures. The single latencies are left out, their percentiles are there. */
export function toJson({ workloads, curves, ...rest }: Report): string {
  const strip = (key: string, value: unknown) => key === "latencies" ? undefined : value;
  const plain = {
    ...rest,
    workloads: workloads.map(({ workload: { id, title }, outcome: { rounds, ...outcome } }) => ({
      ...{ id, title, ...outcome },
      rounds: Object.fromEntries(rounds),
    })),
    curves: curves.map(({ lines, columns: _, ...curve }) => ({ ...curve, lines: Object.fromEntries(lines) })),
  };
  return `${JSON.stringify(plain, strip, 2)}\n`;
}
