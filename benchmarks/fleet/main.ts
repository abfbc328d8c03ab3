/**
 * Benches, their hub, a relay that cuts between them, and readers, each a process of its own:
 *
 *     deno run -A --config=tests/deno.json benchmarks/fleet/main.ts [benches] [devices] [Hz] [seconds of the cut] [kills of each side] [catch-up | all | none]
 *
 * @module
 */
import { Fleet } from "../../tests/support/fleet/fleet.ts";
import { childrenOf, cpuSeconds, endedSeconds, machineSeconds } from "../proc.ts";

const [benches = 3, devices = 10, rate = 1000, cutSeconds = 600, kills = 20] = Deno.args.map(Number);
const compress = ({ all: true, none: false } as const)[Deno.args[5] ?? ""] ?? "catch-up";
const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
const log = (text: string) => console.log(`${new Date().toISOString().slice(11, 19)} ${text}`);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** The live reader of a device of the first bench. */
function liveReader(url: string) {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-net", `${import.meta.dirname}/live_reader.ts`, `${url}/stream/devices/daq1`],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const input = child.stdin.getWriter();
  const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const line = async () => (await output.read()).value!;
  const started = line();
  return {
    async figures(): Promise<string> {
      await started;
      await input.write(new TextEncoder().encode("\n"));
      const { samples, ...ages } = JSON.parse(await line());
      const [p50, p99, max] = [ages.p50, ages.p99, ages.max].map((age) => Number(age).toFixed(1));
      return `live reader: ${samples} samples, p50 ${p50}, p99 ${p99}, at most ${max} ms`;
    },
    async [Symbol.asyncDispose]() {
      await input.close();
      await output.cancel();
      await child.status;
    },
  };
}

/** All that runs on the machine: this program, the live reader and whatever else. */
const MACHINE = "the whole machine";

/** The processes of a daemon, by what their command lines have; any other one is none that uses much. */
const PARTS = { "recorder/main.ts": "recorders", "backlog/main.ts": "readers of recordings", "counter.ts": "drivers" };

/** The CPU seconds of a daemon and of the processes that it has started, by their kinds. */
function* secondsOf(daemon: number): Generator<[kind: string, seconds: number]> {
  yield ["daemons", cpuSeconds(daemon)];
  // Of those that have ended, most are of readers of recordings.
  yield ["readers of recordings", endedSeconds(daemon)];
  for (const pid of childrenOf(daemon)) {
    const command = commandOf(pid);
    const kind = Object.entries(PARTS).find(([part]) => command.includes(part))?.[1];
    yield [kind ?? "other processes of the daemons", cpuSeconds(pid)];
  }
}

function commandOf(pid: number): string {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/cmdline`);
  } catch {
    return "";
  }
}

/** The time until the hub has all that the benches have, up to a second. */
async function caughtUp(fleet: Fleet): Promise<number> {
  const start = performance.now();
  while (await fleet.behind(rate) > rate) await pause(100);
  return performance.now() - start;
}

await using fleet = await Fleet.start({ benches, devices, rate, compress });
log(`${benches} benches × ${devices} devices × ${rate} Hz; the hub has all after ${seconds(await caughtUp(fleet))}`);
{
  await using live = liveReader(fleet.benches[0].url);
  await live.figures();
  /** The CPU seconds so far, by the kind of process. */
  const cpu = () => {
    const found = new Map<string, number>();
    for (const { name, pid } of fleet.pids()) {
      const all = /^lab\d/.test(name) ? secondsOf(pid) : [[name, cpuSeconds(pid)]] as const;
      for (const [kind, seconds] of all) found.set(kind, seconds + (found.get(kind) ?? 0));
    }
    return { at: performance.now(), found: found.set(MACHINE, machineSeconds()) };
  };
  /** The CPU seconds since an earlier look, by the kind of process. */
  const since = ({ at, found: before }: ReturnType<typeof cpu>) => {
    const { at: now, found } = cpu();
    const seconds = (now - at) / 1000;
    return new Map(Array.from(found, ([name, all]) => [name, { used: all - (before.get(name) ?? 0), seconds }]));
  };
  const before = cpu();
  await pause(20_000);
  log(`steady: ${await live.figures()}`);
  for (const [name, { used, seconds }] of since(before)) {
    const aMillion = (used / (benches * devices * rate * seconds) * 1e6).toFixed(2);
    log(`  ${name}: ${(used / seconds * 100).toFixed(1)} % of a core, ${aMillion} s a million samples`);
  }
  await fleet.partition("cut");
  log(`cut for ${cutSeconds} s`);
  const cutAt = cpu();
  await pause(cutSeconds * 1000);
  log(`while cut: ${await live.figures()}`);
  const idle = since(cutAt);
  const [cutMs, joinedAt] = [performance.now(), cpu()];
  await fleet.partition("join");
  const took = await caughtUp(fleet);
  const used = since(joinedAt);
  log(`joined: ${await fleet.behind()} samples behind after ${seconds(took)}, of which the connection takes a part`);
  log(`caught up at ${((cutSeconds * 1000 + took) / took).toFixed(1)} × real time`);
  log(`while catching up: ${await live.figures()} (${seconds(performance.now() - cutMs)})`);
  const millions = benches * devices * rate * (cutSeconds + took / 1000) / 1e6;
  log(`${millions.toFixed(2)} million samples; CPU seconds a million, besides what each uses while it is cut:`);
  let sum = 0;
  for (const [name, { used: all, seconds }] of used) {
    const { used: before, seconds: of } = idle.get(name) ?? { used: 0, seconds: 1 };
    const own = (all - before / of * seconds) / millions;
    if (name !== MACHINE) sum += own;
    log(`  ${name}: ${own.toFixed(2)}`);
  }
  log(`  all but the machine: ${sum.toFixed(2)}`);
}
for (let kill = 0; kill < kills; kill++) {
  for (const side of ["server", "reader", kill % benches] as const) {
    await fleet.kill(side);
    await pause(Math.random() * 1000);
  }
  log(`kill ${kill + 1} of each side: the hub has all after ${seconds(await caughtUp(fleet))}`);
}
const { samples, lost, double, messageFaults, runs, missing } = await fleet.check();
log(`${samples} samples of ${runs} runs: ${lost} lost, ${double} double, ${messageFaults} faults of messages`);
for (const line of missing) log(`  missing: ${line}`);
Deno.exitCode = lost + double + messageFaults + missing.length > 0 ? 1 : 0;
