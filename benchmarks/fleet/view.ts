/**
 * The view of a large fleet: its start, its page, its memory, the cost of one more bench, and the way of a request through it.
 *
 *     deno run -A --config=tests/deno.json benchmarks/fleet/view.ts [benches] [devices] [minutes]
 *
 * @module
 */
import { nkeys } from "@nats-io/transport-node";
import type { BenchesAnswer } from "../../lib/wire/pages/benches.ts";
import { launchChromium } from "../../tests/support/chromium.ts";
import { natsServer } from "../../tests/support/nats_server.ts";
import { serveBench, type ServedBench } from "../../tests/support/served_bench.ts";
import { chart } from "../chart.ts";
import { cpuSeconds, residentBytes } from "../proc.ts";
import { percentile } from "../statistics.ts";

const [benches = 400, devices = 10, minutes = 5] = Deno.args.map(Number);
const STEPS = [1, benches / 4, benches / 2, benches].map(Math.round);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const mib = (bytes: number) => Math.round(bytes / 1024 / 1024 * 10) / 10;
const log = (text: string) => console.log(`${new Date().toISOString().slice(11, 19)} ${text}`);

await using server = await natsServer();
const key = nkeys.createUser();
const seed = `${server.folder}/view.seed`;
await Deno.writeTextFile(seed, new TextDecoder().decode(key.getSeed()));

const simulator = new Deno.Command(Deno.execPath(), {
  args: [
    ...["run", "-A", "--no-check", `--config=${import.meta.dirname}/../../tests/deno.json`],
    ...[`${import.meta.dirname}/simulate.ts`, server.url, key.getPublicKey(), String(devices)],
  ],
  stdin: "piped",
  stdout: "piped",
  stderr: "inherit",
}).spawn();
const input = simulator.stdin.getWriter();
const output = simulator.stdout.pipeThrough(new TextDecoderStream()).getReader();
const simulate = async (many: number) => {
  await input.write(new TextEncoder().encode(`${many}\n`));
  await output.read();
  // Until all have announced their devices.
  await pause(3_000);
};

const serveView = () =>
  serveBench(`hub: { servers: ["${server.url}"], nkey: "${seed}" }\n`, { args: ["--hub-view"], isHasty: true });

/** The milliseconds of some requests in a row. */
async function times(many: number, ask: () => Promise<Response>): Promise<number[]> {
  const found: number[] = [];
  for (let i = 0; i < many; i++) {
    const start = performance.now();
    await (await ask()).bytes();
    found.push(performance.now() - start);
  }
  return found;
}

/** The time until the page has a row for each bench. */
async function openPage(view: ServedBench, many: number): Promise<number> {
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    // The script of the page is in the browser's cache, as at each visit but the first.
    await page.goto(view.url);
    await page.locator(".benches tbody tr").nth(many - 1).waitFor();
    await page.goto("about:blank");
    const start = performance.now();
    await page.goto(view.url);
    await page.locator(".benches tbody tr").nth(many - 1).waitFor();
    return performance.now() - start;
  } finally {
    await browser.close();
  }
}

/** The figures of each step, from which the chart of the cost is made. */
const points: { many: number; memory: number; cpu: number; askMs: number; pageMs: number }[] = [];
for (const many of STEPS) {
  await simulate(many);
  const start = performance.now();
  await using view = await serveView();
  const known = async () => {
    const { benches } = await view.ask<BenchesAnswer>("GET /benches");
    return benches.length >= many && benches.every((bench) => bench.devices === devices);
  };
  while (!await known()) await pause(20);
  const startMs = performance.now() - start;
  const asked = await times(20, () => fetch(`${view.url}/benches`));
  const { length } = await (await fetch(`${view.url}/benches`)).bytes();
  const pageMs = await openPage(view, many);
  const before = { used: cpuSeconds(view.pid), at: performance.now() };
  await pause(15_000);
  const cpu = (cpuSeconds(view.pid) - before.used) / (performance.now() - before.at) * 1000;
  const memory = residentBytes(view.pid);
  points.push({ many, memory, cpu, pageMs, askMs: percentile(asked, 0.5) });
  log(
    `${many} benches × ${devices}: all known ${Math.round(startMs)} ms after the start of the program, page ` +
      `${Math.round(pageMs)} ms, GET /benches p50 ${percentile(asked, 0.5).toFixed(1)} ms (${
        Math.round(length / 1024)
      } KiB), ` +
      `${mib(memory)} MiB, ${(cpu * 100).toFixed(1)} % of a core`,
  );
  if (many !== benches) continue;
  const end = performance.now() + minutes * 60_000;
  const series: number[] = [];
  while (performance.now() < end) {
    for (const path of ["/benches", "/devices?bench=lab1", "/metrics"]) await (await fetch(view.url + path)).bytes();
    await pause(1_000);
    series.push(residentBytes(view.pid));
  }
  const part = Math.ceil(series.length / 5);
  const mean = (values: number[]) => mib(values.reduce((sum, it) => sum + it, 0) / values.length);
  log(
    `memory over ${minutes} min with a page: ${mean(series.slice(0, part))} MiB, then ${mean(series.slice(-part))} MiB`,
  );
}
const [few, all] = [points[0], points.at(-1)!];
const perBench = (of: "memory" | "cpu") => (all[of] - few[of]) / (all.many - few.many);
log(`one more bench: ${(perBench("memory") / 1024).toFixed(1)} KiB, ${(perBench("cpu") * 100).toFixed(3)} % of a core`);
const line = (name: string, of: (point: typeof points[number]) => number) => ({
  name,
  points: points.map((point) => [point.many, of(point)] as const),
});
await Deno.writeTextFile(
  new URL("../../docs/benchmarks/cost-by-benches.svg", import.meta.url),
  chart([
    line("memory, MiB", ({ memory }) => memory / 1024 / 1024),
    line("page, ms", ({ pageMs }) => pageMs),
    line("GET /benches, ms", ({ askMs }) => askMs),
    line("idle, % of a core", ({ cpu }) => cpu * 100),
  ], { title: `A view of benches with ${devices} devices each`, x: "benches", y: "" }),
);
await input.close();
await output.cancel();
await simulator.status;

await using bench = await serveBench(
  `hub: { servers: ["${server.url}"], bench: real, views: [${key.getPublicKey()}] }\n` +
    "devices: [{ id: daq1, driver: StreamingDAQ }]\n",
  { drivers: ["streaming_daq.ts", "_signal.ts"] },
);
await using view = await serveView();
while ((await fetch(`${view.url}/devices/real/daq1`)).status !== 200) await pause(100);
const call = (url: string) => () =>
  fetch(`${url}/call`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"method":"set_high","kwargs":{"volts":5}}',
  });
const ways = { direct: call(`${bench.url}/devices/daq1`), view: call(`${view.url}/devices/real/daq1`) };
const found: Record<keyof typeof ways, number[]> = { direct: [], view: [] };
// In turns, so that both see the same machine.
for (let round = 0; round < 25; round++) {
  for (const way of ["direct", "view"] as const) {
    const times20 = await times(20, ways[way]);
    if (round > 4) found[way].push(...times20);
  }
}
const [direct, byView] = [percentile(found.direct, 0.5), percentile(found.view, 0.5)];
log(
  `a call: p50 ${direct.toFixed(2)} ms directly, ${byView.toFixed(2)} ms by the view (+${
    (byView - direct).toFixed(2)
  }); p99 ` +
    `${percentile(found.direct, 0.99).toFixed(1)} and ${percentile(found.view, 0.99).toFixed(1)} ms`,
);
