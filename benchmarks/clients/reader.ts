/**
 * Reads a stream in one of several ways, and prints its samples and the CPU seconds that they took:
 * `<way> <url> <device> <seconds>`.
 *
 * @module
 */
import process from "node:process";
import { SSEClient } from "../../lib/client/mod.ts";

const [way, url, device] = Deno.args;
const seconds = Number(Deno.args[3]);
const STREAM = `${url}/stream/devices/${device}`;

const WAYS: Record<string, (count: (samples: number) => void) => Promise<void>> = {
  async events(count) {
    for await (const { event } of new SSEClient(url).events(device)) if (event === "device_data") count(1);
  },
  async columns(count) {
    for await (const event of new SSEClient(url).columns(device)) {
      if (event.event === "device_columns") count(event.count);
      else if (event.event === "device_data") count(1);
    }
  },
  async fetch(count) {
    const response = await fetch(STREAM);
    let rest = "";
    let kind = "";
    for await (const text of response.body!.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) {
        if (line.startsWith("event: ")) kind = line.slice(7);
        else if (line.startsWith("data: ") && kind === "device_data" && "payload" in JSON.parse(line.slice(6))) {
          count(1);
        }
      }
    }
  },
  EventSource(count) {
    new EventSource(STREAM).addEventListener("device_data", ({ data }) => {
      if ("payload" in JSON.parse(data)) count(1);
    });
    return new Promise(() => {});
  },
};

let samples = 0;
let begun = 0;
let cpu = 0;
const cpuSeconds = () => (process.cpuUsage().user + process.cpuUsage().system) / 1e6;

await WAYS[way]((count) => {
  if (begun === 0) [begun, cpu] = [performance.now(), cpuSeconds()];
  samples += count;
  if (samples % 100 !== 0 && count === 1) return;
  const elapsed = (performance.now() - begun) / 1000;
  if (elapsed <= seconds) return;
  console.log(JSON.stringify({ samples, cpu: cpuSeconds() - cpu, seconds: elapsed }));
  Deno.exit();
});
