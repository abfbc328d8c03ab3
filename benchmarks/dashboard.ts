/**
 * `deno run -A benchmarks/dashboard.ts`: how smoothly the dashboard draws. Ten devices through the shipped program, ten plots in
 * Chromium, all of them on the screen; beside it, the same browser with an empty page.
 *
 * @module
 */
import { commandLine, parse, positiveNumber, UsageError } from "../lib/cli/command_line.ts";
import { type Browser, chromium, type Page } from "playwright-core";
import { inspectMachine } from "./machine.ts";
import { childrenOf, cpuSeconds } from "./proc.ts";
import { markdown } from "./report.ts";
import { startDaemon } from "./server.ts";

/** The page's, not Deno's. */
declare function requestAnimationFrame(run: (time: number) => void): number;

/** The cost of a page, per second where possible. */
interface Figures {
  framesPerSecond: number;
  /** More than two frames of the screen apart. */
  longFrames: number;
  longestMs: number;
  scriptMs: number;
  taskMs: number;
  heapMB: number;
  /** Of all processes of the browser. */
  cores: number;
}

const LONG_FRAME_MS = 1000 / 60 * 2.1;
/** The size of a plot's frame, and the height of its card. */
const MARGIN = 142;
const CARD_HEIGHT = 370;
const TOP = 500;
/** All plots below each other, as wide as is asked for. */
const ONE_COLUMN = ".plot-grid { grid-template-columns: 1fr !important }";
/** For the lines to fill the time window, and the compiler to have seen everything. */
const WARM_UP_MS = 5_000;

/** The options as commander reads them. */
interface DashboardOptions {
  devices: number;
  rate: number;
  width: number;
  window: number;
  seconds: number;
  chromium: string;
  gpu?: true;
  screenshot?: string;
}

async function run(options: DashboardOptions): Promise<void> {
  const { devices: count, rate, width, window: span, seconds } = options;
  const ids = Array.from({ length: count }, (_, i) => `daq${i + 1}`);
  const daemon = await startDaemon(
    await inspectMachine(),
    ids.map((id) => ({ id, driver: "StreamingDAQ", options: { sample_rate: rate } })),
  );
  const browser = await chromium.launch({
    executablePath: options.chromium,
    args: options.gpu ? [] : ["--disable-gpu"],
  });
  try {
    const viewport = { width: width + MARGIN, height: TOP + count * CARD_HEIGHT };
    const empty = await measure(browser, viewport, seconds, (page) => page.goto("about:blank"));
    const plots = await measure(browser, viewport, seconds, async (page) => {
      await page.goto(`http://127.0.0.1:${daemon.port}/#/plots?devices=${ids}`);
      await page.addStyleTag({ content: ONE_COLUMN });
      await page.getByLabel("Time window").selectOption(String(span));
      await page.locator(".plot canvas").nth(count - 1).waitFor();
      await page.waitForTimeout(Math.max(WARM_UP_MS, span * 1000));
      if (options.screenshot) await page.screenshot({ path: options.screenshot });
    });
    console.log(
      `${count} plots of ${width} px, ${rate} Hz each, the last ${span} s of them; measured for ${seconds} s\n`,
    );
    console.log(markdown(table({ empty, plots })));
  } finally {
    await browser.close();
    await daemon.stop();
  }
}

async function measure(
  browser: Browser,
  viewport: { width: number; height: number },
  seconds: number,
  open: (page: Page) => Promise<unknown>,
): Promise<Figures> {
  const page = await browser.newPage({ viewport });
  await open(page);
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  const metrics = async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    const found = new Map(metrics.map(({ name, value }) => [name, value]));
    const get = (name: string) => found.get(name) ?? NaN;
    return { script: get("ScriptDuration"), task: get("TaskDuration"), heap: get("JSHeapUsedSize") };
  };
  const pids = withDescendants(browserPids());
  const cpu = () => pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0);
  const before = { ...await metrics(), cpu: cpu(), at: performance.now() };
  const frames = await page.evaluate((ms) =>
    new Promise<number[]>((resolve) => {
      const times: number[] = [];
      const end = performance.now() + ms;
      const next = (time: number) => {
        times.push(time);
        if (time < end) requestAnimationFrame(next);
        else resolve(times);
      };
      requestAnimationFrame(next);
    }), seconds * 1000);
  const after = { ...await metrics(), cpu: cpu(), at: performance.now() };
  await page.close();
  const took = (after.at - before.at) / 1000;
  const gaps = frames.slice(1).map((time, i) => time - frames[i]);
  return {
    framesPerSecond: gaps.length * 1000 / (frames.at(-1)! - frames[0]),
    longFrames: gaps.filter((ms) => ms > LONG_FRAME_MS).length / took,
    longestMs: Math.max(...gaps),
    scriptMs: (after.script - before.script) * 1000 / took,
    taskMs: (after.task - before.task) * 1000 / took,
    heapMB: after.heap / 1e6,
    cores: (after.cpu - before.cpu) / took,
  };
}

/** The processes of the browser, whose parent is this one. */
function browserPids(): number[] {
  return childrenOf(Deno.pid).filter((pid) => /chrom/i.test(Deno.readTextFileSync(`/proc/${pid}/cmdline`)));
}

function withDescendants(pids: number[]): number[] {
  return pids.flatMap((pid) => [pid, ...withDescendants(childrenOf(pid))]);
}

/** The empty page and the plots side by side. */
function table({ empty, plots }: { empty: Figures; plots: Figures }) {
  const row = (name: string, key: keyof Figures, digits = 1) => [
    name,
    empty[key].toFixed(digits),
    plots[key].toFixed(digits),
    empty[key] > 0 ? `${(plots[key] / empty[key]).toFixed(2)} x` : "–",
  ];
  const rows = [
    row("frames per second", "framesPerSecond"),
    row("long frames per second", "longFrames", 2),
    row("longest frame, ms", "longestMs"),
    row("script, ms per second", "scriptMs"),
    row("main thread, ms per second", "taskMs"),
    row("JS heap, MB", "heapMB"),
    row("browser, cores", "cores", 2),
  ];
  return { head: ["", "empty page", "plots", "ratio"], rows };
}

const program = commandLine("deno run -A benchmarks/dashboard.ts", "Measures how smoothly the dashboard draws")
  .option("--devices <number>", "the number of devices, with a plot each", positiveNumber, 10)
  .option("--rate <Hz>", "the rate of each device", positiveNumber, 10_000)
  .option("--width <pixels>", "the width of each plot", positiveNumber, 1_000)
  .option("--window <seconds>", "the time window, one of those that the page offers", positiveNumber, 10)
  .option("--seconds <number>", "how long to measure", positiveNumber, 10)
  .option("--chromium <path>", "the browser", Deno.env.get("CHROMIUM") ?? "/usr/bin/chromium")
  .option("--gpu", "let the browser use a graphics card; otherwise it draws with the CPU")
  .option("--screenshot <file>", "save a picture of what was measured")
  .action(run);

await parse(program, Deno.args).catch((error) => {
  console.error(error instanceof Error ? error.message : error);
  Deno.exit(error instanceof UsageError ? 2 : 1);
});
