/**
 * `deno task screenshots`: takes the pictures of the documents, of the benches that `deno task serve` and `deno task demo` serve.
 *
 * @module
 */
import type { Browser } from "playwright-core";
import { launchChromium } from "../tests/support/chromium.ts";
import { serveBench, type ServedBench } from "../tests/support/served_bench.ts";

const root = new URL("../", import.meta.url);

/** The pictures: the bench, the place in the page, the window, and the element to wait for. */
const PICTURES = [
  { of: "demo", name: "bench", place: "#/bench", width: 1280, height: 620, scheme: "light", until: "text=Streaming" },
  {
    of: "demo",
    name: "plots",
    place: "#/plots?devices=psu1,stage1,sensor1",
    width: 1280,
    height: 860,
    scheme: "dark",
    until: "canvas",
  },
  {
    of: "shipped",
    name: "device",
    place: "#/devices/daq1",
    width: 1280,
    height: 900,
    scheme: "light",
    until: "text=set_high",
  },
] as const;

/** The time in which the plots fill. */
const FILL_MS = 25_000;

async function take(
  browser: Browser,
  url: string,
  { name, place, width, height, scheme, until }: typeof PICTURES[number],
) {
  const page = await browser.newPage({ viewport: { width, height }, colorScheme: scheme });
  await page.goto(`${url}/${place}`);
  await page.locator(until).first().waitFor();
  await page.waitForTimeout(FILL_MS);
  const file = new URL(`docs/images/${name}.png`, root).pathname;
  await page.screenshot({ path: file });
  console.log(file);
}

/** The demo, with a bench file and drivers in a folder of its own. */
async function serveDemo(): Promise<ServedBench> {
  const folder = new URL("examples/demo/", root);
  const names = [...Deno.readDirSync(new URL("drivers/", folder))].map(({ name }) => name);
  const files = await Promise.all(names.map((name) => Deno.readTextFile(new URL(`drivers/${name}`, folder))));
  const drivers = names.map((name, i) => ({ [name]: files[i] }));
  const bench = await Deno.readTextFile(new URL("bench.yaml", folder));
  return await serveBench(bench.replace(/^(tasks|data): .*\n/gm, ""), { drivers });
}

/** Some seconds of use. */
async function use(demo: ServedBench): Promise<void> {
  for (const id of ["psu1", "stage1"]) await demo.ask(`POST /devices/${id}/connect`);
  for (const [volts, target] of [[12, 80], [3.3, 40], [8, 60]]) {
    await demo.ask("PUT /devices/psu1/properties/voltage", { value: volts });
    await demo.ask("POST /devices/stage1/methods/move_to", { target });
    await new Promise((resolve) => setTimeout(resolve, 3_000));
  }
}

const bench = await Deno.readTextFile(new URL("bench.yaml", root));
await using shipped = await serveBench(bench, { drivers: ["streaming_daq.ts", "host_metrics.ts", "host_metrics.sh"] });
await using demo = await serveDemo();
await shipped.ask("POST /devices/daq1/stream/start", { sample_rate: 50 });
const benches = { shipped, demo };
const browser = await launchChromium();
try {
  await Promise.all([use(demo), ...PICTURES.map((picture) => take(browser, benches[picture.of].url, picture))]);
} finally {
  await browser.close();
}
