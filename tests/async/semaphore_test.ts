import { deepStrictEqual as equal } from "node:assert/strict";
import { Semaphore } from "../../lib/async/mod.ts";
import { fakeTime } from "../support/time.ts";

Deno.test("work that takes too long gives up its place, and its end frees no second one", async () => {
  using time = fakeTime();
  const one = new Semaphore(1, 3_000);
  const started: string[] = [];
  const work = (name: string, { promise }: PromiseWithResolvers<void>) => one.run(() => (started.push(name), promise));
  const [slow, quick, last] = [1, 2, 3].map(() => Promise.withResolvers<void>());
  const all = [work("slow", slow), work("quick", quick), work("last", last)];
  await time.tick(2_999);
  equal(started, ["slow"]);
  await time.tick(1);
  equal(started, ["slow", "quick"]);
  slow.resolve();
  await all[0];
  await time.tick(1);
  equal(started, ["slow", "quick"]);
  quick.resolve();
  last.resolve();
  await Promise.all(all);
  equal([started, time.timers], [["slow", "quick", "last"], 0]);
});

Deno.test("a place that is entered is held until it is given back, and one whose wait is aborted has none", async () => {
  const one = new Semaphore(1);
  const leave = await one.enter(new AbortController().signal);
  const abort = new AbortController();
  const aborted = one.enter(abort.signal);
  const ran: string[] = [];
  const next = one.run(() => void ran.push("next"));
  abort.abort();
  (await aborted)();
  equal(ran, []);
  leave();
  await next;
  equal(ran, ["next"]);
});
