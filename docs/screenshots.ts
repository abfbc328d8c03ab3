/**
 * `deno task screenshots`: takes the pictures of the documents, of the shipped bench as `deno task serve` serves it.
 *
 * @module
 */
import type { Browser } from "playwright-core";
import { launchChromium } from "../tests/support/chromium.ts";
import { serveBench } from "../tests/support/served_bench.ts";

const root = new URL("../", import.meta.url);

/** The pictures: the place in the page, the window, and the element to wait for. */
const PICTURES = [
  { name: "devices", place: "#/devices", width: 1280, height: 720, scheme: "light", until: "text=Streaming" },
  { name: "plots", place: "#/plots?devices=daq1,host1", width: 1280, height: 900, scheme: "dark", until: "canvas" },
  { name: "device", place: "#/devices/daq1", width: 1280, height: 1000, scheme: "light", until: "text=set_high" },
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

const bench = await Deno.readTextFile(new URL("bench.yaml", root));
await using served = await serveBench(bench, { drivers: ["streaming_daq.ts", "host_metrics.ts", "host_metrics.sh"] });
// After some seconds of use.
await served.ask("POST /devices/daq1/stream/start", { sample_rate: 50 });
const browser = await launchChromium();
try {
  await Promise.all(PICTURES.map((picture) => take(browser, served.url, picture)));
} finally {
  await browser.close();
}
