/**
 * The cost of many small devices: with a process each, and in one process.
 *
 *     deno run --allow-all benchmarks/shared_processes.ts [devices] [rate] [seconds] [own|shared]
 *
 * @module
 */
import { join } from "node:path";
import { LabDaemon } from "../lib/daemon.ts";
import type { Device } from "../lib/device/device.ts";
import { cpuSeconds, proportionalBytes } from "./proc.ts";

const [devices = "50", rate = "100", seconds = "10", only = ""] = Deno.args;
const count = Number(devices);
const options = { sample_rate: Number(rate) };

/** Seconds since the start of a mode after which the devices are counted, connected or not. */
const MAX_START_S = 60;

const pause = (s: number) => new Promise((resolve) => setTimeout(resolve, s * 1000));

for (const mode of ["shared", "own"] as const) {
  if (only && only !== mode) continue;
  const folder = await Deno.makeTempDir();
  await Deno.copyFile(new URL("../drivers/streaming_daq.ts", import.meta.url), join(folder, "streaming_daq.ts"));
  {
    await using daemon = new LabDaemon();
    await daemon.loadDrivers(folder);
    const start = performance.now();
    const all: Device[] = [];
    for (let i = 0; i < count; i++) {
      const process = mode === "shared" ? "small" : undefined;
      all.push(await daemon.addDevice(`daq${i}`, "StreamingDAQ", {}, { process, streaming: "always", options }));
    }
    const added = performance.now();
    await Promise.race([Promise.all(all.map((device) => device.connect())), pause(MAX_START_S)]);
    const connected = performance.now();
    await pause(3);
    const pids = [...new Set(all.flatMap((device) => device.status().process?.pid ?? []))];
    const cpu = () => pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0);
    const produced = () => all.reduce((sum, { log }) => sum + log.sequence, 0);
    const before = { cpu: cpu(), own: cpuSeconds(Deno.pid), produced: produced(), at: performance.now() };
    await pause(Number(seconds));
    const passed = (performance.now() - before.at) / 1000;
    const percent = (used: number) => `${(used / passed * 100).toFixed(1)} % of a core`;
    console.log(JSON.stringify(
      {
        mode,
        devices: count,
        rate: options.sample_rate,
        "added in s": ((added - start) / 1000).toFixed(2),
        "all connected after s": ((connected - added) / 1000).toFixed(2),
        connected: all.filter((device) => device.status().connected).length,
        processes: pids.length,
        "drivers' CPU": percent(cpu() - before.cpu),
        "daemon's CPU": percent(cpuSeconds(Deno.pid) - before.own),
        "drivers' PSS, MB": (pids.reduce((sum, pid) => sum + proportionalBytes(pid), 0) / 1e6).toFixed(1),
        "samples/s": Math.round((produced() - before.produced) / passed),
      },
      null,
      1,
    ));
  }
  await Deno.remove(folder, { recursive: true });
}
