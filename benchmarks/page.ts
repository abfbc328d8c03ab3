import further from "./further.md" with { type: "text" };
import { chart } from "./chart.ts";
import { costOf, type Curve, kneeNotes, type Point } from "./curve.ts";
import { checkTable, contenderTable, curveTable, disturbance, markdown, type Report } from "./report.ts";
import { knees } from "./statistics.ts";
import { figure } from "./workload.ts";

const METHOD = `
\`deno task benchmark\` measures the shipped program from outside. \`main.ts\` runs as its own process, with the flags of
\`deno task serve\`; its devices run in processes of their own, as always; the readers are another process, on raw sockets.
Everything is on this machine's loopback.

- **Side by side.** The contenders are measured in turn within each round (A B A B …), each time in a fresh process; what
  stands here are medians over the rounds, and ratios are medians of the ratios within a round. Absolute figures move with
  the machine; ratios hold better.
- **CPU** is what the kernel has counted for the process (\`utime + stime\`), divided by the events delivered to all readers
  together: CPU seconds per million events, \`s/M\`. The drivers' processes are counted apart (\`driver s/M\`).
- **Cores.** Where \`taskset\` exists, the server has core 0 and the readers core 1; drivers have the cores from 2 on, and
  on a machine of two run where the kernel puts them. \`limited by\` names what kept a measurement from carrying more: the
  \`load\` (the readers' process had no time left), the \`server\`, a \`driver\`, all \`cores\` together, \`others\` (other
  programs, whose part is \`other cores\`); with \`rate\`, nothing did, and all that was asked for was carried.
- **Latency** is from the stamp of an event, given where the driver yields, to the return of the read that brought it. Every
  seventh event of some twenty readers is taken (every event where there is one slow reader). In W5 and W7 the driver itself
  puts the time into the payload.
- **Checking.** Every reader looks at the sequence number of every event, by bytes; where one is missing, the \`gap\` before
  the next must say so exactly, or it counts as *unreported*. Three readers of each thousand take the chunked coding apart, parse
  every event, and compare every field.

The baselines make the same events, with the same text and at the same rate, in the process that serves them. That costs them
the making (some 0.5 µs a sample, nothing where a thousand readers share it, most of the cost where there is one) and saves them
the way through a pipe, supervision, resume, and gaps:

- **floor**: the least that \`Deno.serve\` can do: at each turn of the timers one chunk, encoded once, the same bytes for every
  reader's \`ReadableStream\` (byte-counting strategy).
- **stream_sse**: Hono's documented \`streamSSE\` loop: a \`JSON.stringify\` and an awaited \`writeSSE\` for each event and reader.
- **naive**: a write for each event and reader, of bytes that are encoded once.

The three lose samples silently when they cannot keep up; the daemon must not.
`;

/** `docs/benchmarks.md`. */
export function page(report: Report): string {
  const { machine, date, rounds, seconds, minutes, workloads, curves, failures } = report;
  const others = disturbance(report);
  const sections = [
    "# Benchmarks",
    "For those who want to know what one machine carries. Written by `deno task benchmark`; every round's figures are in `benchmarks/results/latest.json`.",
    `${
      date.slice(0, 10)
    }, LabDaemon ${machine.labdaemon}, Deno ${machine.deno} (V8 ${machine.v8}), ${machine.cores} cores of ` +
    `${machine.cpu}, ${machine.memoryGB} GB, Linux ${machine.kernel}. Rounds: ${rounds}, of ${seconds} s; the whole run took ` +
    `${minutes.toFixed(0)} minutes. Others used ${figure(others.cores)} cores of the machine meanwhile` +
    `${others.isQuiet ? "" : ": **it was not quiet, do not trust the figures**"}.` +
    `${machine.canPin ? "" : " There is no `taskset`: processes were not kept on cores of their own."}`,
    ...failures.length
      ? ["**Not measured:**", failures.map((line) => `- ${line.replaceAll("\n", "; ")}`).join("\n")]
      : [],
    "## Targets",
    markdown(checkTable(workloads)),
    "## How it is measured",
    METHOD.trim(),
    "## Figures",
    ...workloads.map((it) => workloadSection(it)),
    ...curves.length ? ["## How cost grows"] : [],
    ...curves.map((curve) => curveSection(curve)),
    further.trim().replaceAll("](../docs/", "]("),
  ];
  return `${sections.join("\n\n")}\n`;
}

function workloadSection({ workload: { id, title }, outcome }: Report["workloads"][number]): string {
  return [`### ${id}: ${title}`, markdown(contenderTable(outcome)), ...outcome.notes ?? []].join("\n\n");
}

function curveSection(curve: Curve): string {
  return [
    `### ${curve.title[0].toUpperCase()}${curve.title.slice(1)}`,
    ...Object.keys(plots(curve)).map((name) => `![${name.replaceAll("-", " ")}](benchmarks/${name}.svg)`),
    markdown(curveTable(curve)),
    ...curve.notes,
    ...kneeNotes(curve),
  ].join("\n\n");
}

/**
 * An earlier page with the sections of what was measured now in place of theirs, each with its date; those that it has not
 * come before what was measured apart.
 */
export function withSections(earlier: string, report: Report): string {
  const { date, rounds, seconds, workloads, curves } = report;
  const { cores } = disturbance(report);
  const measured = `Measured on ${date.slice(0, 10)}, ${rounds} rounds of ${seconds} s; others used ${
    figure(cores)
  } cores.`;
  const sections = [...workloads.map((it) => workloadSection(it)), ...curves.map((curve) => curveSection(curve))];
  return sections.reduce((page, section) => {
    const [heading, ...rest] = section.split("\n");
    const text = [heading, "", measured, ...rest].join("\n");
    const begin = `${page}\n`.indexOf(`${heading}\n`);
    if (begin < 0) {
      // The curves stand together, before what was measured apart.
      const curves = Math.max(0, page.indexOf("## How cost grows"));
      const next = page.slice(curves + 1).search(/^## /m);
      const place = next < 0 ? page.length : curves + 1 + next;
      return `${page.slice(0, place).trimEnd()}\n\n${text}\n\n${page.slice(place)}`.trimEnd() + "\n";
    }
    const end = page.slice(begin + heading.length).search(/^##/m);
    const after = end < 0 ? "" : `\n${page.slice(begin + heading.length + end)}`;
    return `${page.slice(0, begin)}${text}\n${after}`;
  }, earlier);
}

/** The plots of a curve by their files' names. */
export function plots(curve: Curve): Record<string, string> {
  const { id, lines, x, title } = curve;
  const draw = (y: string, name: string, of: (point: Point) => number, isMarked = false) =>
    chart(
      [...lines].map(([name, points]) => {
        const places = points.map((point) => [point.x, of(point)] as const);
        return { name, points: places, marks: isMarked ? Object.values(knees(places) ?? {}) : [] };
      }),
      {
        ...{ x, y, title: `${name}: ${title}` },
      },
    );
  if (id === "idle-readers") return {};
  const { what, of } = costOf(curve);
  const cost = { [`cost-by-${id}`]: draw(what, "Cost", of, true) };
  if (id !== "readers") return cost;
  return {
    [`throughput-by-${id}`]: draw("events/s, all readers", "Throughput", ({ figures }) => figures.eventsPerSecond),
    [`latency-by-${id}`]: draw("p99, ms", "Latency", ({ figures }) => figures.p99),
    ...cost,
  };
}
