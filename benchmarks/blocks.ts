/**
 * Blocks of 1,000 scalar samples from one driver's process to one reader, by wall clock, beside a bare server that sends the
 * same bytes. Needs `curl` and `grep`.
 *
 *     deno run --allow-all benchmarks/blocks.ts [samples per second] [seconds]
 *
 * @module
 */
import { LabDaemon } from "../lib/daemon.ts";
import { createApp } from "../lib/http/app.ts";
import { cpuSeconds } from "./proc.ts";

const [rate = "1000000", seconds = "10"] = Deno.args;
/** Samples in one frame of the bare server's body. */
const FRAMES = 1_000;

/** Counts the samples of a stream, in processes of their own: they need less than half a core for a million a second. */
async function read(url: string): Promise<number> {
  const program = `curl -sN --max-time ${seconds} "$0" | LC_ALL=C grep -ac '^event: device_data'`;
  const { stdout } = await new Deno.Command("sh", { args: ["-c", program, url], stderr: "null" }).output();
  return Number(new TextDecoder().decode(stdout));
}

/** Prints the cost of a stream: by wall clock, and by CPU per million samples. */
function figures(name: string, samples: number, passed: number, cpu: Record<string, number>) {
  const perMillion = Object.entries(cpu).map(([of, used]) => [`${of}'s CPU s per million`, used / samples * 1e6]);
  const all = { "samples per second": Math.round(samples / passed), ...Object.fromEntries(perMillion) };
  console.log(
    JSON.stringify({ name, ...all }, (_, value) => typeof value === "number" ? +value.toPrecision(4) : value),
  );
}

async function blocks(): Promise<void> {
  await using daemon = new LabDaemon();
  await daemon.loadDrivers(new URL("../drivers/", import.meta.url));
  const options = { sample_rate: Number(rate), block_size: 1_000 };
  const device = await daemon.addDevice("card1", "WaveformGenerator", {}, { options });
  await device.connect();
  const app = createApp(daemon);
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, app.fetch);
  while (!device.status().process) await new Promise((resolve) => setTimeout(resolve, 100));
  const { pid } = device.status().process!;
  const [before, driver, daemonCpu, from] = [
    performance.now(),
    cpuSeconds(pid),
    cpuSeconds(Deno.pid),
    device.log.sequence,
  ];
  const received = await read(`http://127.0.0.1:${server.addr.port}/stream/devices/card1`);
  const passed = (performance.now() - before) / 1000;
  const cpu = { driver: cpuSeconds(pid) - driver, daemon: cpuSeconds(Deno.pid) - daemonCpu };
  const { gaps, readerGaps } = device.log.counts;
  figures("daemon", received, passed, cpu);
  console.log(
    JSON.stringify({ asked: Number(rate), produced: device.log.sequence - from, received, gaps: gaps + readerGaps }),
  );
  await device.stopStreaming();
  await server.shutdown();
}

async function bare(): Promise<void> {
  const frame = (n: number) =>
    `id: k3f9-${n}\nevent: device_data\ndata: {"event":"device_data","device_id":"card1","sequence":${n},` +
    `"timestamp":"2026-11-22T06:25:52.123456Z","received":"2026-11-22T06:25:52.123456Z","payload":0.8414709848078965}\n\n`;
  const bytes = new TextEncoder().encode(Array.from({ length: FRAMES }, (_, n) => frame(1e7 + n)).join(""));
  const start = performance.now();
  let sent = 0;
  const body = () =>
    new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        while (sent > (performance.now() - start) / 1000 * Number(rate)) {
          await new Promise((wake) => setTimeout(wake, 1));
        }
        sent += FRAMES;
        controller.enqueue(bytes);
      },
    });
  const headers = { "content-type": "text/event-stream" };
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    () => new Response(body(), { headers }),
  );
  const [before, cpu] = [performance.now(), cpuSeconds(Deno.pid)];
  const received = await read(`http://127.0.0.1:${server.addr.port}/`);
  figures("bare", received, (performance.now() - before) / 1000, { server: cpuSeconds(Deno.pid) - cpu });
  await server.shutdown();
}

await blocks();
await bare();
Deno.exit();
