/**
 * A device's process beside bare Deno processes, in one run: what a driver costs in memory and CPU beyond its runtime.
 *
 *     deno run --config=tests/deno.json -A benchmarks/device_process.ts [seconds]
 *
 * @module
 */
import { inspectMachine } from "./machine.ts";
import { cpuSeconds, proportionalBytes } from "./proc.ts";
import { markdown } from "./report.ts";
import { startDaemon } from "./server.ts";
import { figure, pause } from "./workload.ts";

const seconds = Number(Deno.args[0] ?? 10);

/** Processes of a kind: shared pages count by their share, so all kinds have as many. */
const EACH = 3;

/** A driver's process that only answered for its schemas ends after 5 s. */
const SETTLED_S = 7;

/** The shells beside the daemon are smaller. */
const MIN_BYTES = 4e6;

/** Programs without a driver: nothing but stdin, as a driver's process reads it, and a timer at 100 Hz. */
const BARE = {
  "bare Deno, idle": "for await (const _ of Deno.stdin.readable);",
  "bare Deno, a timer at 100 Hz": "setInterval(() => {}, 10); for await (const _ of Deno.stdin.readable);",
  "bare Deno that imports zod and node:net, idle":
    'import "npm:zod@4.6.7"; import "node:net"; for await (const _ of Deno.stdin.readable);',
};

const pids = new Map<string, number[]>();
await using ends = new AsyncDisposableStack();
for (const [name, program] of Object.entries(BARE)) {
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(file, program);
  ends.defer(() => Deno.remove(file));
  pids.set(name, []);
  for (let i = 0; i < EACH; i++) {
    const command = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-config", "--no-lock", "--quiet", file],
      stdin: "piped",
      stdout: "null",
      stderr: "null",
    });
    const child = command.spawn();
    pids.get(name)!.push(child.pid);
    ends.defer(async () => {
      // A program with a timer does not end with its stdin.
      child.kill("SIGTERM");
      await child.stdin.close();
      await child.status;
    });
  }
}
const machine = await inspectMachine();
const options = { sample_rate: 100 };
for (const streaming of ["manual", "always"]) {
  const devices = Array.from({ length: EACH }, (_, i) => ({
    ...{ id: `daq${i}`, driver: "StreamingDAQ", streaming, options },
  }));
  const daemon = await startDaemon(machine, devices);
  ends.defer(() => daemon.stop());
  await pause(SETTLED_S);
  const drivers = daemon.children().filter((pid) => proportionalBytes(pid) > MIN_BYTES);
  pids.set(streaming === "manual" ? "a device, idle" : "a device at 100 Hz, without a reader", drivers);
}
const before = new Map([...pids.values()].flat().map((pid) => [pid, cpuSeconds(pid)]));
await pause(seconds);
const rows = [...pids].map(([name, all]) => {
  const mean = (of: (pid: number) => number) => all.reduce((sum, pid) => sum + of(pid), 0) / all.length;
  const used = mean((pid) => cpuSeconds(pid) - before.get(pid)!);
  return [name, String(all.length), figure(mean(proportionalBytes) / 1e6), figure(100 * used / seconds)];
});
console.log(markdown({ head: ["", "processes", "MB, shared pages by their share", "% of a core"], rows }));
