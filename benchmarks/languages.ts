/**
 * A driver in Python beside the same one in TypeScript: the time to the first sample, scalars from callbacks, arrays, and the
 * cost of a slow stream. Needs `python3`, `curl` and `grep`.
 *
 *     deno run --allow-all benchmarks/languages.ts [seconds]
 *
 * @module
 */
import { LabDaemon } from "../lib/daemon.ts";
import type { Device } from "../lib/device/device.ts";
import { createApp } from "../lib/http/app.ts";
import { cpuSeconds } from "./proc.ts";

const [seconds = 10] = Deno.args.map(Number);
const LANGUAGES = ["TypeScript", "Python"];

const pause = (ms: number) => new Promise((wake) => setTimeout(wake, ms));

await using daemon = new LabDaemon();
await daemon.loadDrivers(new URL("./languages/", import.meta.url));
const app = createApp(daemon);
const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, app.fetch);

function add(name: string, language: string): Promise<Device> {
  const type = `${name}${language === "Python" ? language : "TS"}`;
  return daemon.addDevice(`${name}-${language}`.toLowerCase(), type, {});
}

/** The process of a device, which is known after its first figures. */
async function pidOf(device: Device): Promise<number> {
  while (!device.status().process) await pause(100);
  return device.status().process!.pid;
}

/** Reads a stream by programs of their own, and counts its samples. */
async function read(device: Device, sampleRate: number): Promise<number> {
  const url = `http://127.0.0.1:${server.addr.port}/stream/devices/${device.id}?sample_rate=${sampleRate}`;
  const program = `curl -sN --max-time ${seconds} "$0" | LC_ALL=C grep -ac '^event: device_data'`;
  const { stdout } = await new Deno.Command("sh", { args: ["-c", program, url], stderr: "null" }).output();
  return Number(new TextDecoder().decode(stdout));
}

function print(what: string, language: string, figures: Record<string, number | string>) {
  const texts = Object.entries(figures).map(([name, it]) =>
    `${typeof it === "number" ? +it.toPrecision(3) : it} ${name}`
  );
  console.log(`${what}, ${language}: ${texts.join(", ")}`);
}

/** From the request to connect until the log has the first sample, by five new processes. */
async function firstSample(language: string): Promise<void> {
  const times: number[] = [];
  for (let i = 0; i < 5; i++) {
    const device = await add("Scalars", language);
    const begun = performance.now();
    await device.connect();
    await device.startStreaming(undefined, { sample_rate: 100 });
    while (device.log.sequence === 0) await pause(1);
    times.push(performance.now() - begun);
    await daemon.removeDevice(device.id);
  }
  times.sort((a, b) => a - b);
  print("first sample", language, { "ms": times[2], "ms at most": times[4] });
}

async function stream(what: string, name: string, rate: number, language: string): Promise<void> {
  const device = await add(name, language);
  await device.connect();
  const pid = await pidOf(device);
  const [driver, own] = [cpuSeconds(pid), cpuSeconds(Deno.pid)];
  const received = await read(device, rate);
  const megabytes = device.log.counts.bytes / 1e6;
  print(what, language, {
    "samples/s": received / seconds,
    "MB/s of events": megabytes / seconds,
    "gaps": `${device.log.counts.gaps + device.log.counts.readerGaps}`,
    "cores of the driver": (cpuSeconds(pid) - driver) / seconds,
    "of the daemon": (cpuSeconds(Deno.pid) - own) / seconds,
  });
  await daemon.removeDevice(device.id);
}

/** Both at once, so that they have the same machine. */
async function slowStreams(): Promise<void> {
  const devices = await Promise.all(LANGUAGES.map((it) => add("Scalars", it)));
  const pids = await Promise.all(devices.map(async (device) => {
    await device.connect();
    return await pidOf(device);
  }));
  await Promise.all(devices.map((it) => it.startStreaming(undefined, { sample_rate: 100 })));
  await pause(2_000);
  const before = pids.map(cpuSeconds);
  const sequences = devices.map(({ log }) => log.sequence);
  await pause(seconds * 1_000);
  LANGUAGES.forEach((language, i) =>
    print("100 Hz", language, {
      "samples/s": (devices[i].log.sequence - sequences[i]) / seconds,
      "% of a core": (cpuSeconds(pids[i]) - before[i]) / seconds * 100,
    })
  );
  for (const { id } of devices) await daemon.removeDevice(id);
}

for (const language of LANGUAGES) await firstSample(language);
for (const language of LANGUAGES) await stream("10 kHz of callbacks", "Scalars", 10_000, language);
for (const language of LANGUAGES) await stream("100 MB/s of float64 in base64", "Arrays", 100, language);
await slowStreams();
await server.shutdown();
Deno.exit();
