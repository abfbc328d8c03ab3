import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { scriptedDevice } from "../support/scripted_host.ts";
import { fakeTime } from "../support/time.ts";
import { settled, Watch } from "../support/watch.ts";

Deno.test("a driver that crashes 1,000 times in a row is retried with growing pauses, and each crash is reported once", async () => {
  using time = fakeTime();
  const restart = { maxRestarts: 10_000, windowMs: 60_000, initialDelayMs: 500, maxDelayMs: 30_000 };
  await using script = scriptedDevice({ restart });
  const { device, hosts, answers } = script;
  using watch = new Watch(device);
  answers.connect = () => (script.host.die(), new Promise(() => {}));
  const began = performance.now();
  await device.connect().catch(() => {});
  for (let hours = 0; device.status().restarts < 1000; hours += 15 / 3600) {
    ok(hours < 24, `${device.status().restarts} restarts in a day`);
    await time.tick(15_000);
    // Reads before the ring drops events.
    watch.events;
  }
  const { restarts } = device.status();
  const count = (isIt: (state: unknown) => boolean) => watch.states.filter(isIt).length;
  equal(hosts.length, count((state) => state === "connecting"));
  ok(hosts.length <= restarts + 1);
  const waits = watch.events.filter(({ state }) => state === "retrying").map(({ retry_in }) => Number(retry_in));
  equal(watch.events.filter(({ event }) => event === "stream_error").length, waits.length);
  equal(waits.filter((wait) => wait > 30), []);
  ok(new Set(waits).size > 900, "the pauses are not random");
  // Once the pauses have grown, they are 15 s in the mean.
  ok(performance.now() - began > 3 * 3600_000, "1,000 tries within three hours");
});

Deno.test("fifty devices that lose the same hub start four at a time", async () => {
  const gates: (() => void)[] = [];
  const scripts = Array.from({ length: 50 }, () => scriptedDevice());
  let most = 0;
  let now = 0;
  for (const { starts } of scripts) {
    starts.push(async () => {
      most = Math.max(most, ++now);
      await new Promise<void>((resolve) => gates.push(resolve));
      now--;
    });
  }
  const connected = Promise.all(scripts.map(({ device }) => device.connect()));
  for (let opened = 0; opened < scripts.length;) {
    await settled();
    for (const open of gates.splice(0)) {
      open();
      opened++;
    }
  }
  await connected;
  equal(most, 4);
  for (const script of scripts) await script[Symbol.asyncDispose]();
});
