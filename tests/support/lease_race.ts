/**
 * Owners that race for overlapping sets of supplies, and are killed, suspended and cut off at random.
 *
 * @module
 */
import { delay } from "../../lib/async/mod.ts";
import type { LeasesAnswer } from "../../lib/wire/leases.ts";
import { serveBench } from "./served_bench.ts";
import { stallingProxy } from "./stalling_proxy.ts";
import { type Disturbance, type Findings, judge, supplyNotes } from "./supply_notes.ts";
import { until } from "./until.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const SUPPLIES = ["psu1", "psu2", "psu3"];

/** The time that a lease of the race holds without being renewed, in seconds. */
export const RACE_TTL_SECONDS = 2;

/** The time between two disturbances. */
const PAUSE_MS = 1_000;

/** The time for which an owner is suspended or cut off: its lease is over behind it. */
const AWAY_MS = 2_000 * RACE_TTL_SECONDS;

/** One owner: a program that leases random sets for ever, behind a line of its own. */
function startOwner(name: string, url: string) {
  const child = new Deno.Command("python3", {
    args: ["-B", `${ROOT}tests/support/lease_owner.py`, "use", name, SUPPLIES.join(), String(RACE_TTL_SECONDS)],
    env: { PYTHONPATH: `${ROOT}python`, LABDAEMON_URL: url },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  return { name, child };
}

/** Runs the race for some seconds, and until each supply was used. Returns the findings of each supply, and the number of disturbances. */
export async function leaseRace(
  seconds: number,
  owners = 2,
): Promise<{ findings: Map<string, Findings>; disturbances: Disturbance[] }> {
  const folder = await Deno.makeTempDir({ prefix: "labdaemon-test-" });
  const files = SUPPLIES.map((id) => `${folder}/${id}`);
  for (const file of files) await Deno.writeTextFile(file, "");
  const devices = SUPPLIES.map((id, i) => `  - { id: ${id}, driver: Supply, params: { file: ${files[i]} } }\n`).join(
    "",
  );
  const bench = `data: ${folder}/data\ngrants:\n  Supply: { write: ${JSON.stringify(files)} }\ndevices:\n${devices}`;
  const disturbances: Disturbance[] = [];
  try {
    await using daemon = await serveBench(bench, { drivers: ["supply.ts"] });
    for (const id of SUPPLIES) {
      const isConnected = async () => (await daemon.ask<{ connected: boolean }>(`GET /devices/${id}`)).connected;
      await until(`${id} is connected`, isConnected);
    }
    await using lines = new AsyncDisposableStack();
    const all = Array.from({ length: owners }, (_, i) => {
      const line = lines.use(stallingProxy(daemon.port));
      return { line, ...startOwner(`owner${i}`, line.url), lives: 0 };
    });
    const disturb = async (owner: typeof all[number]) => {
      const how = ["killed", "stopped", "cut"][Math.floor(Math.random() * 3)];
      const note = () => disturbances.push({ atMs: Date.now(), how, owner: owner.name });
      if (how === "killed") {
        owner.child.kill("SIGKILL");
        note();
        await owner.child.status;
        Object.assign(owner, startOwner(`${owner.name.split("x")[0]}x${++owner.lives}`, owner.line.url));
        return;
      }
      if (how === "stopped") owner.child.kill("SIGSTOP");
      else owner.line.stall();
      note();
      await delay(AWAY_MS);
      if (how === "stopped") owner.child.kill("SIGCONT");
      else owner.line.resume();
    };
    const endMs = performance.now() + seconds * 1000;
    const texts = () => Promise.all(files.map((file) => Deno.readTextFile(file)));
    const isEachUsed = async () => (await texts()).every((text) => / on /.test(text));
    try {
      while (performance.now() < endMs || !await isEachUsed()) {
        await delay(PAUSE_MS * Math.random());
        await disturb(all[Math.floor(Math.random() * all.length)]);
      }
    } finally {
      for (const { child } of all) child.kill("SIGKILL");
      await Promise.all(all.map(({ child }) => child.status));
    }
    await until("no lease is left", async () => (await daemon.ask<LeasesAnswer>("GET /leases")).leases.length === 0);
    const findings = new Map<string, Findings>();
    for (const [i, id] of SUPPLIES.entries()) {
      findings.set(id, judge(supplyNotes(await Deno.readTextFile(files[i])), disturbances));
    }
    return { findings, disturbances };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
