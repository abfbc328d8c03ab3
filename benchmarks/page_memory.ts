/**
 * The memory of an open tab: a page of plots takes every sample of a device, a long time's worth in a minute. After each part
 * the browser collects its garbage, and one line has the heap, the nodes and the listeners.
 *
 * Usage: deno run --config=tests/deno.json -A benchmarks/page_memory.ts [parts] [samples of a part]
 *
 * @module
 */
import { z } from "zod";
import { LabDaemon } from "../lib/daemon.ts";
import { createApp } from "../lib/http/app.ts";
import { defineDriver, every } from "../lib/mod.ts";
import { launchChromium } from "../tests/support/chromium.ts";
import { serveApp } from "../tests/support/served_app.ts";

const [parts = 8, samples = 36_000] = Deno.args.map(Number);
/** A page takes so many samples a second without leaving any out. */
const RATE_HZ = 4_000;

const Source = defineDriver({
  name: "Source",
  sample: z.object({ volts: z.number().meta({ unit: "V" }), amps: z.number().meta({ unit: "A" }) }),
  create: () => ({
    async *stream(signal) {
      for await (const n of every(1_000 / RATE_HZ, signal)) yield { volts: Math.sin(n / 100), amps: n % 7 };
    },
  }),
});

const daemon = new LabDaemon();
daemon.registerPlugins({ devices: { Source } });
const device = await daemon.addDevice("source1", "Source");
await device.connect();
const app = createApp(daemon);
const served = serveApp(() => app);
const browser = await launchChromium();
const page = await browser.newPage();
const own = [{ id: "s", title: "Spectrum", kind: "spectrum", lines: [{ formula: "source1.volts / source1.amps" }] }];
const view = encodeURIComponent(JSON.stringify({ channels: {}, plots: {}, own }));
await page.goto(`${served.origin}/#/plots?devices=source1&view=${view}`);
await page.locator("canvas").first().waitFor();
const inspector = await page.context().newCDPSession(page);
await inspector.send("Performance.enable");

const taken = () => device.status().stream.sequence;
for (let part = 0; part <= parts; part++) {
  const end = taken() + samples;
  while (taken() < end) await new Promise((resolve) => setTimeout(resolve, 200));
  await inspector.send("HeapProfiler.collectGarbage");
  const { metrics } = await inspector.send("Performance.getMetrics");
  const found = Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
  const megabytes = (found.JSHeapUsedSize / 1024 ** 2).toFixed(1);
  console.log(`${taken()} samples: heap ${megabytes} MiB, ${found.Nodes} nodes, ${found.JSEventListeners} listeners`);
}
await browser.close();
await served.goDown();
await app.close();
await daemon.shutdown();
