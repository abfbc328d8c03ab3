import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { childrenOf } from "../../benchmarks/proc.ts";
import { Fleet } from "../support/fleet/fleet.ts";
import { until } from "../support/until.ts";

const title =
  "through a cut that is longer than the rings reach, and kills of each side, the hub gets each sample once and in order";
for (const compress of ["catch-up", false, true] as const) {
  Deno.test(`${title}; compress: ${compress}`, async () => {
    const rate = 200;
    // Less than a second.
    await using fleet = await Fleet.start({
      benches: 1,
      devices: 2,
      rate,
      device: "ring: { max_bytes: 30000 }",
      compress,
    });
    const caughtUp = () => until("the hub has all", async () => await fleet.behind() < rate);
    await caughtUp();
    await fleet.partition("cut");
    await until("the rings have passed the hub", async () => await fleet.behind() > 3 * rate);
    await fleet.partition("join");
    await caughtUp();
    for (const side of ["server", "reader", 0] as const) await fleet.kill(side);
    await caughtUp();
    const { samples, lostByHub, double, messageFaults, runs, missing } = await fleet.check();
    equal({ lostByHub, double, messageFaults, runs, missing }, {
      lostByHub: 0,
      double: 0,
      messageFaults: 0,
      runs: 2,
      missing: [],
    });
    ok(samples > 3 * rate);
  });
}

Deno.test("a bench that is far behind when its hub comes back has the process that reads its recordings by then", async () => {
  await using fleet = await Fleet.start({ benches: 1, devices: 1, rate: 8_000 });
  const [{ pid }] = fleet.pids();
  const readers = () => childrenOf(pid).filter((it) => commandOf(it).includes("backlog/main.ts"));
  await until("the hub has all", async () => await fleet.behind() < 8_000);
  await until("nothing is read", () => readers().length === 0);
  await fleet.partition("cut");
  await until("it is there", () => readers().length > 0);
  ok(await fleet.behind() > 20_000);
  const prepared = readers();
  await fleet.partition("join");
  await until("the hub has all again", async () => await fleet.behind() < 8_000);
  equal(readers(), prepared);
});

function commandOf(pid: number): string {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/cmdline`);
  } catch {
    return "";
  }
}
