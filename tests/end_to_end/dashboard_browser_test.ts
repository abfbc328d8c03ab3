/// <reference lib="dom" />
/** The whole path of a person who has the page and nothing else, over the real program. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { Page } from "playwright-core";
import { fakeInstrument } from "../../lib/testing/mod.ts";
import { browserTest, untilSo } from "../support/chromium.ts";
import { serveBench, type ServedBench } from "../support/served_bench.ts";

/** A driver as an author writes it from the template, with an offset to set. */
const METER = `import { connectLines, defineDriver, every, type LineConnection } from "labdaemon/driver";
import { z } from "zod";

export default defineDriver({
  name: "Meter",
  summary: "A volt meter on the network",
  params: z.object({
    host: z.string().default("127.0.0.1").meta({ description: "The meter's address" }),
    port: z.number().int().min(1).max(65535).meta({ description: "Its port" }),
  }),
  options: z.object({ sample_rate: z.number().positive().max(100).default(20).meta({ unit: "Hz" }) }),
  sample: z.number().meta({ unit: "V" }),
  permissions: ({ host, port }) => ({ net: [\`\${host}:\${port}\`] }),
  create: ({ host, port }) => {
    let line: LineConnection;
    return {
      async connect(signal) {
        line = await connectLines({ hostname: host, port, signal, timeout: 1_000 });
        await line.query("*IDN?", { signal });
      },
      disconnect: () => line?.close(),
      async *stream(signal, { sample_rate }) {
        for await (const _ of every(1000 / sample_rate, signal)) yield Number(await line.query("VOLT?"));
      },
      setOffset: (volts: number) => line.query(\`OFFSET \${volts}\`),
    };
  },
  methods: {
    set_offset: {
      summary: "Add a voltage to what is measured",
      input: z.object({ volts: z.number().meta({ unit: "V", description: "The new offset" }) }),
      run: (meter, { volts }) => meter.setOffset(volts),
    },
  },
});
`;

/** A meter that counts its answers, so that each sample differs. */
function countingMeter() {
  let [n, offset] = [0, 0];
  return fakeInstrument({
    answers: (question) => {
      if (question === "*IDN?") return "ACME,Meter";
      if (question === "VOLT?") return String(offset + ++n / 1000);
      offset = Number(question.split(" ")[1]);
      return "done";
    },
  });
}

/** The number of samples that the device has produced, as the daemon reports it. */
async function produced(bench: ServedBench, id: string): Promise<Map<number, { timestamp: string; payload: number }>> {
  const { stream } = await bench.ask<{ stream: { epoch: string; sequence: number } }>(`GET /devices/${id}`);
  const samples = new Map<number, { timestamp: string; payload: number }>();
  await using reader = await bench.open(`/stream/devices/${id}?since=${stream.epoch}--1`);
  while (samples.size < stream.sequence) {
    const { event, sequence, timestamp, payload } = await reader.next();
    if (event === "device_data") samples.set(sequence!, { timestamp, payload: Number(payload) });
  }
  return samples;
}

async function saved(page: Page): Promise<string> {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Export CSV" }).click(),
  ]);
  const stream = await download.createReadStream();
  const parts = [];
  for await (const part of stream) parts.push(part);
  // The decoder removes the byte order mark.
  return new TextDecoder().decode(Buffer.concat(parts));
}

browserTest(
  "the dashboard alone is enough to add a device, watch it, call a method, follow a pulled cable, and save samples",
  async (page) => {
    await using meter = countingMeter();
    await using bench = await serveBench("devices: []", { drivers: [{ "meter.ts": METER }] });
    const asked = new Set<string>();
    page.on("request", (request) => asked.add(new URL(request.url()).origin));

    // An empty bench says what to do.
    await page.goto(bench.url);
    await page.getByLabel("Driver", { exact: true }).selectOption("Meter");
    await page.getByLabel("Name").fill("meter1");
    await page.getByLabel("Port").fill("70000");
    await page.getByRole("button", { name: "Add device" }).click();
    // The daemon's word stands beside the field.
    await page.getByText(/70000|65535/).first().waitFor();
    await page.getByLabel("Port").fill(String(meter.port));
    await page.getByRole("button", { name: "Add device" }).click();

    // Connected at once, and watched.
    await page.getByRole("status").getByRole("link", { name: "meter1" }).click();
    await page.getByText("Connected", { exact: true }).first().waitFor();
    await page.getByRole("button", { name: "Watch live" }).click();
    await page.getByText("Streaming", { exact: true }).first().waitFor();
    await page.locator("canvas").first().waitFor();

    // A method changes what comes.
    await page.getByLabel("Volts").fill("5");
    await page.getByRole("button", { name: "Call set_offset" }).click();
    await page.getByText("done").first().waitFor();
    await page.getByRole("table").getByText(/^5\.\d+ V$/).first().waitFor();

    // The cable is pulled: the page says the truth.
    await meter.drop();
    await page.getByText("Trying again", { exact: true }).first().waitFor();
    await page.getByText(/refused|closed|lost/i).first().waitFor();
    const { stream } = await bench.ask<{ stream: { sequence: number } }>("GET /devices/meter1");

    // The cable is back: data flow again without a click.
    await meter.restore();
    await page.getByText("Streaming", { exact: true }).first().waitFor();
    await using reader = await bench.open("/stream/devices/meter1");
    const { payload } = await reader.next(({ sequence }) => Number(sequence) > stream.sequence + 20);
    await untilSo(
      page,
      (volts) =>
        Array.from(document.querySelectorAll("td"), (cell) => parseFloat(cell.textContent)).some((it) => it >= volts),
      Number(payload),
    );

    // The saved samples are those that the device produced.
    const [header, ...rows] = (await saved(page)).trimEnd().split(/\r?\n/).map((line) => line.split(","));
    equal(header.slice(0, 5), ["device_id", "sequence", "timestamp", "lost", "skipped"]);
    const value = header.findIndex((name) => /\bV\b/.test(name));
    ok(value > 4, header.join());
    const samples = await produced(bench, "meter1");
    const first = Number(rows[0][1]);
    let next = first;
    for (const [id, sequence, timestamp, , skipped, ...rest] of rows) {
      // The page asks for no more than its plot shows: of the burst after a busy moment it skips some, and counts them.
      if (next > first) next += Number(skipped);
      const sample = samples.get(next)!;
      // The page saves times in its zone.
      equal([id, sequence, instantOf(timestamp), Number(rest[value - 5])], [
        "meter1",
        String(next),
        instantOf(sample.timestamp),
        sample.payload,
      ]);
      next++;
    }
    ok(next > stream.sequence + 10, `the rows end before ${next}`);
    match(rows.at(-1)![value], /^5\./);
    equal([...asked], [bench.url]);
  },
);

/** A time of any zone in milliseconds, and its digits down to the microsecond. */
function instantOf(timestamp: string): [ms: number, micros: string] {
  return [Date.parse(timestamp), timestamp.slice(20, 26)];
}
