import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { FaultBench } from "../support/fault_bench.ts";
import { assertNothingIsLostSilently } from "../support/lost_samples.ts";
import { until } from "../support/until.ts";

const SOON = { initial_delay: "10ms", max_delay: "50ms" };
const HUB = Array.from({ length: 24 }, (_, i) => `hub${i}`);
const CRASHES = 10;

Deno.test("a driver that fails or floods endlessly does not affect ten other devices", async (test) => {
  await using bench = await FaultBench.open({
    babbler: { where: "connect", how: "babbles" },
    racer: { settings: { options: { period: 0 }, ring: { max_bytes: 1_000_000 } } },
    crasher: { where: "stream", how: "exits", settings: { restart: { ...SOON, max_restarts: 1_000_000 } } },
    budget: { where: "connect", how: "exits", settings: { restart: { ...SOON, max_restarts: 5 } } },
    ...Object.fromEntries(HUB.map((id) => [id, {
      where: "connect",
      how: "throws",
      armedBy: "hub",
      settings: {
        options: { period: 1000 }, // Not so soon that the first ones start again and again before the last one has failed.
        restart: { initial_delay: "3s", max_delay: "5s" },
      },
    }])),
  });

  await test.step("a megabyte a second on the console: the log counts the lines it drops", async () => {
    await using reader = await bench.enable("babbler");
    const { printed } = bench.served;
    const count = (what: RegExp) => printed.stderr.match(what)?.length ?? 0;
    const isKnown = async () => (await bench.status("babbler")).process !== null;
    const dropped = () => count(/babbler: … and \d+ more lines within a second/g);
    await until("two lines about dropped ones, and figures", async () => dropped() >= 2 && await isKnown());
    await reader.sample();
    const seconds = count(/babbler: … and/g) + 1;
    ok(count(/babbler: all work/g) <= 20 * seconds, `${count(/babbler: all work/g)} lines in ${seconds} s`);
    const { state, restarts, process } = await bench.status("babbler");
    equal([state, restarts], ["streaming", 0]);
    ok(process && process.pid > 0 && process.cpu >= 0 && process.memory > 0, JSON.stringify(process));
    equal(process.memory_limit, 512 * 1024 * 1024);
    await bench.dismiss("babbler");
  });

  await test.step("samples faster than a reader can read: it receives gaps that count what it misses", async () => {
    await using slow = await bench.enable("racer");
    const produced = async () => (await bench.status("racer")).stream.sequence;
    await until("100,000 samples", async () => await produced() >= 100_000);
    const { reason } = await slow.gap();
    equal(reason, "slow-reader");
    await slow.sample();
    ok(assertNothingIsLostSilently(slow.events) > 0);
    const { state, restarts } = await bench.status("racer");
    equal([state, restarts], ["streaming", 0]);
    await bench.dismiss("racer");
  });

  await test.step("repeated crashes: each is reported once, and the next attempt is delayed", async () => {
    await using reader = await bench.enable("crasher");
    const waits: number[] = [];
    for (let n = 0; n < CRASHES; n++) {
      const { restarts, retry_in } = await reader.state("retrying");
      equal(restarts, n);
      waits.push(Number(retry_in));
    }
    equal(waits.filter((wait) => wait > 0.05), []);
    ok(new Set(waits).size > 5, `these are no random delays: ${waits}`);
    const count = (name: string) => reader.events.filter(({ event }) => event === name).length;
    equal(count("stream_error"), CRASHES);
    ok(reader.events.filter(({ state }) => state === "connecting").length <= CRASHES + 1);
    await bench.disarm("crasher");
    await reader.sample();
    await bench.dismiss("crasher");
  });

  await test.step("a driver that has used its restart budget is faulted, and is not started again", async () => {
    await using reader = await bench.enable("budget");
    const { restarts, error } = await reader.state("faulted");
    match((error as Error).message, /"budget" exited with code 3/);
    equal([restarts, reader.events.filter(({ state }) => state === "connecting").length], [5, 6]);
    await bench.dismiss("budget");
  });

  await test.step("24 devices lose the same hub: a few start at a time, and all recover", async () => {
    await using reader = await bench.served.open(`/stream?devices=${HUB}`);
    await Promise.all(HUB.map((id) => bench.post(id, "enable")));
    const failed = new Set<string>();
    let most = 0;
    await until(() => `all have failed, not ${failed.size}`, async () => {
      failed.add((await reader.state("retrying")).device_id);
      most = Math.max(most, bench.processes("hub").length);
      return failed.size === HUB.length;
    });
    await bench.disarm("hub");
    const back = new Set<string>();
    await until(
      () => `all are back, not ${back.size}`,
      async () => back.add((await reader.sample()).device_id).size === HUB.length,
    );
    ok(most < HUB.length / 2, `${most} processes at the same time`);
    await Promise.all(HUB.map((id) => bench.post(id, "disable")));
    equal(bench.processes("hub"), []);
  });

  await test.step("the ten healthy devices lose no sample, and /health answers", () => bench.assertOthersUnaffected());
});
