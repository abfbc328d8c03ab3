/**
 * Programs that read one fast device: the clients of this project beside what people write without them. Prints the samples
 * that each takes for a second of its own CPU time, and the part of a core that 100 kHz of scalars would take.
 *
 *     deno run --config=tests/deno.json -A benchmarks/clients.ts [seconds] [python3]
 *
 * A Python without `requests` or `numpy` is measured without them.
 *
 * @module
 */
import { inspectMachine } from "./machine.ts";
import { startDaemon } from "./server.ts";
import { figure } from "./workload.ts";
import { markdown } from "./report.ts";

const [seconds = "5", python = "python3"] = Deno.args;
const RATE = 100_000;
const ROOT = new URL("../", import.meta.url).pathname;

/** The ways to read, with their programs. */
const READERS: Record<string, string[]> = {
  "Python: Device.stream()": [python, "benchmarks/clients/reader.py", "labdaemon_stream"],
  "Python: Device.columns()": [python, "benchmarks/clients/reader.py", "labdaemon_columns"],
  "Python: requests and json": [python, "benchmarks/clients/reader.py", "requests_json"],
  "Python: urllib and json": [python, "benchmarks/clients/reader.py", "urllib_json"],
  ...Object.fromEntries(
    Object.entries({
      "SSEClient.events()": "events",
      "SSEClient.columns()": "columns",
      "fetch and JSON.parse": "fetch",
      EventSource: "EventSource",
    }).map(([name, way]) => [
      `TypeScript: ${name}`,
      [Deno.execPath(), "run", "-A", "--quiet", "--config=deno.json", "benchmarks/clients/reader.ts", way],
    ]),
  ),
};

const machine = await inspectMachine();
const daemon = await startDaemon(machine, [
  { id: "fast1", driver: "StreamingDAQ", options: { sample_rate: RATE } },
]);
const rows: string[][] = [];
try {
  const url = `http://127.0.0.1:${daemon.port}`;
  for (const [name, [program, ...args]] of Object.entries(READERS)) {
    console.error(`  ${name}`);
    const { success, stdout, stderr } = await new Deno.Command(program, {
      args: [...args, url, "fast1", seconds],
      cwd: ROOT,
      env: { PYTHONPATH: `${ROOT}python` },
    }).output();
    const [out, error] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes).trim());
    if (!success) {
      rows.push([name, "–", "–", "–", error.split("\n").at(-1)!.slice(0, 80)]);
      continue;
    }
    const it = JSON.parse(out) as { samples: number; cpu: number; seconds: number };
    rows.push([
      name,
      figure(it.samples / it.seconds),
      figure(it.samples / it.cpu),
      `${figure(100 * RATE * it.cpu / it.samples)} %`,
      "",
    ]);
  }
} finally {
  await daemon.stop();
}
const head = ["", "samples/s", "samples for a CPU second", "of a core for 100 kHz", ""];
console.log(markdown({ head, rows }));
