import { storedEvents } from "../../lib/recording/store/stored_events.ts";
import { produce, producer, recording } from "./producers.ts";

/** SIGKILL of the recorder at random moments: what is stored must be what was produced, less what gaps count. */
export async function killedRecorders(kills: number): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "recording-benchmark" });
  const producers = [producer("daq1", 200, (i) => i)];
  const run = recording(producers, folder);
  let done = 0;
  let next: number | undefined;
  let last: number | undefined;
  let stored = 0;
  while (done < kills) {
    await produce(producers, 0.2, () => {
      const { pid } = run.feeder;
      if (pid === undefined || pid === last || run.totals.samples === stored) return;
      next ??= performance.now() + Math.random() * 1_000;
      if (performance.now() < next) return;
      Deno.kill(pid, "SIGKILL");
      last = pid;
      next = undefined;
      stored = run.totals.samples;
      done++;
    });
  }
  await run.stop();
  let expected = 0;
  let lost = 0;
  for (const { event, data } of storedEvents(folder)) {
    const { sequence, from, to, message } = JSON.parse(data);
    if (event === "broken") throw new Error(message);
    if (event === "device_data" && sequence !== expected++) {
      throw new Error(`sample ${sequence} in the place of ${expected - 1}`);
    }
    if (event === "gap") {
      if (from !== expected) throw new Error(`a gap from ${from} in the place of ${expected}`);
      lost += to - from + 1;
      expected = to + 1;
    }
  }
  const { sequence } = producers[0].log;
  if (expected !== sequence) throw new Error(`${expected} of ${sequence} samples are accounted for`);
  console.log(`${kills} kills: all of ${sequence} samples are accounted for, ${lost} of them in gaps`);
  await Deno.remove(folder, { recursive: true });
}
