import { deepStrictEqual as equal, match } from "node:assert/strict";
import { connectBench, openBench } from "../../lib/bench/open_bench.ts";
import { warnOfUnknownGrants } from "../../lib/bench/unknown_grants.ts";
import { parseBench } from "../../lib/bench/load_bench.ts";
import { benchFolder } from "../support/served_bench.ts";
import { collectLog } from "../support/log.ts";
import { driversUntil } from "../support/drivers_of.ts";
import { Watch } from "../support/watch.ts";

/** A driver that is imported for as long as there is no file "_gate.ts" beside it. It may read it, as one that it imports. */
const SLOW = `
import { defineDriver } from "labdaemon/driver";
const isThere = (file) => {
  try {
    return Deno.statSync(import.meta.dirname + file).isFile;
  } catch {
    return false;
  }
};
export const gate = () => import("./_gate.ts");
while (!isThere("/_gate.ts")) await new Promise((resolve) => setTimeout(resolve, 10));
export default defineDriver({ name: "Slow", create: () => ({ read: () => 1 }) });
`;

const BENCH = `devices:
  - { id: slow1, driver: Slow }
  - { id: slow2, driver: Slow, connect: false }
  - { id: good1, driver: Counter, streaming: always }
`;

Deno.test("a driver file that loads slowly delays no other, and its devices start when it is loaded", async () => {
  const folder = await benchFolder(BENCH, ["counter.ts", { "a_slow.ts": SLOW }]);
  try {
    const bench = parseBench(BENCH, `${folder}/bench.yaml`);
    await using daemon = await openBench(bench, { patience: 500 });
    const [slow] = daemon.drivers();
    equal([slow.file, slow.name, slow.status, slow.error?.type], ["a_slow.ts", null, "failed", "DriverStillLoads"]);
    match(slow.error!.message, /^Cannot load a_slow\.ts yet: it still loads after 0\.5 s; its devices wait for it$/);
    const [slow1, slow2, good1] = daemon.devices();
    using watch = new Watch(slow1);
    using watch2 = new Watch(slow2);
    await Promise.all([watch.state("faulted"), watch2.state("faulted")]);
    equal(
      slow1.lastError!.message,
      'Cannot add device "slow1": there is no device type "Slow" yet: some driver files still load',
    );
    equal(
      slow1.lastError!.context,
      { device_type: "Slow", loading: true },
      "by which programs know that they may wait",
    );
    connectBench(daemon, bench);
    using good = new Watch(good1);
    await good.sample();

    await Deno.writeTextFile(`${folder}/drivers/_gate.ts`, "");
    await watch.state("connected");
    equal(slow1.lastError, undefined, "it only waited for its driver");
    const drivers = await driversUntil(daemon, (all) => all.every(({ error }) => !error));
    equal(drivers.map(({ name, status }) => [name, status]), [["Slow", "loaded"], ["Counter", "loaded"]]);
    equal([slow2.state, slow2.type], ["disconnected", "Slow"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("grants of a driver that still loads are not called unknown, and those of a misspelt name are", async () => {
  const text = `grants: { Slow: { net: true }, Countre: { net: true } }\n${BENCH}`;
  const folder = await benchFolder(text, ["counter.ts", { "a_slow.ts": SLOW }]);
  const warnings = async (patience: number) => {
    using log = collectLog();
    const bench = parseBench(text, `${folder}/bench.yaml`);
    await using daemon = await openBench(bench, { patience });
    warnOfUnknownGrants(bench, daemon.drivers());
    return log.messages.filter((message) => message.startsWith("grants:"));
  };
  try {
    equal(await warnings(100), []);
    await Deno.remove(`${folder}/drivers/a_slow.ts`);
    equal(await warnings(60_000), [
      'grants: there is no driver or task "Slow"; known are Counter',
      'grants: there is no driver or task "Countre"; known are Counter',
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a daemon that stops does not wait for a driver file that still loads", async () => {
  const folder = await benchFolder(BENCH, [{ "a_slow.ts": SLOW }]);
  const daemon = await openBench(parseBench(BENCH, `${folder}/bench.yaml`), { patience: 100, watch: true });
  await daemon.shutdown();
  await Deno.remove(folder, { recursive: true });
});
