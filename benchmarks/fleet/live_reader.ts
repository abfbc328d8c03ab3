/**
 * A process that reads the stream of a device over HTTP: `live_reader.ts <url>`. At each line of its stdin it prints the
 * number of samples since the last one, and how old they were when they came, in milliseconds: p50, p99 and the highest.
 *
 * @module
 */
import { percentile } from "../statistics.ts";

let ages: number[] = [];

async function read(url: string): Promise<void> {
  const response = await fetch(url);
  let rest = "";
  for await (const text of response.body!.pipeThrough(new TextDecoderStream())) {
    const now = performance.timeOrigin + performance.now();
    const frames = (rest + text).split("\n\n");
    rest = frames.pop()!;
    for (const frame of frames) {
      if (!frame.includes("event: device_data")) continue;
      const at = frame.indexOf('"timestamp":"') + 13;
      const micros = Number(frame.slice(at + 23, at + 26)) / 1000;
      ages.push(now - Date.parse(`${frame.slice(at, at + 23)}Z`) - micros);
    }
  }
}

read(Deno.args[0]).catch(() => {});
console.log("reading");
for await (const _ of Deno.stdin.readable) {
  const [p50, p99, max] = [0.5, 0.99, 1].map((share) => percentile(ages, share));
  console.log(JSON.stringify({ samples: ages.length, p50, p99, max }));
  ages = [];
}
Deno.exit(0);
