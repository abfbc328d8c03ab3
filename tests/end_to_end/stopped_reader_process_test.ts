import { deepStrictEqual as equal } from "node:assert/strict";
import { serveBench } from "../support/served_bench.ts";

const RATE = 20_000;
/** By then, a reader that is stopped has been overtaken: the kernel takes some 4 MB, the ring holds 1 MB, and this is 17. */
const OVERTAKEN = 100_000;
const LAST = 140_000;

interface Count {
  first: number;
  next: number;
  received: number;
  broken: number;
  gaps: { lost: number; reason: string }[];
}

/** A reader in a process of its own. */
function startReader(url: string) {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-net", new URL("../support/counting_reader.ts", import.meta.url).href, url, String(LAST)],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  return {
    child,
    /** Resolves when it has its first sample. */
    reading: async () => equal((await reader.read()).value, "reading\n"),
    count: async (): Promise<Count> => {
      let text = "";
      for (let read = await reader.read(); !read.done; read = await reader.read()) text += read.value;
      await child.status;
      return JSON.parse(text);
    },
  };
}

Deno.test("a reader that stops for seconds receives a gap with exactly what it missed; another one loses nothing", async () => {
  const bench = `
devices:
  - id: count1
    driver: Counter
    options: { sample_rate: ${RATE} }
    ring: { max_bytes: 1000000 }
`;
  await using served = await serveBench(bench, { drivers: ["counter.ts"] });
  const url = `${served.url}/stream/devices/count1`;
  const stopped = startReader(url);
  const other = startReader(url);
  await Promise.all([stopped.reading(), other.reading()]);

  stopped.child.kill("SIGSTOP");
  {
    await using stream = await served.open("/stream/devices/count1?max_rate=10");
    await stream.next(({ sequence }) => sequence !== undefined && sequence >= OVERTAKEN);
  }
  stopped.child.kill("SIGCONT");
  const [late, good] = await Promise.all([stopped.count(), other.count()]);

  equal([good.broken, good.gaps], [0, []]);
  equal(good.received, good.next - good.first);
  const lost = late.gaps.reduce((sum, gap) => sum + gap.lost, 0);
  equal([late.broken, late.gaps.length > 0, late.gaps.every(({ reason }) => reason === "slow-reader")], [
    0,
    true,
    true,
  ]);
  equal(late.received + lost, late.next - late.first);
});
