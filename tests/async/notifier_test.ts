import assert from "node:assert/strict";
import { Notifier } from "../../lib/async/notifier.ts";

/** Waits for `times` notifications, and counts them. */
function listen(notifier: Notifier, times: number) {
  const listener = { woken: 0, done: Promise.resolve() };
  listener.done = (async () => {
    while (listener.woken < times) {
      await notifier.next();
      listener.woken++;
    }
  })();
  return listener;
}

Deno.test("Notifier wakes all who wait", async () => {
  const notifier = new Notifier();
  const listeners = [listen(notifier, 1), listen(notifier, 1), listen(notifier, 1)];
  notifier.notify();
  await Promise.all(listeners.map(({ done }) => done));
});

Deno.test("Notifier has no memory: a late waiter waits for the next notification", async () => {
  const notifier = new Notifier();
  notifier.notify();
  const late = listen(notifier, 1);
  for (let i = 0; i < 10; i++) await Promise.resolve();
  assert.equal(late.woken, 0);
  notifier.notify();
  await late.done;
});

Deno.test("Notifier that notifies twice in one turn wakes once", async () => {
  const notifier = new Notifier();
  const twice = listen(notifier, 2);
  notifier.notify();
  notifier.notify();
  for (let i = 0; i < 10; i++) await Promise.resolve();
  assert.equal(twice.woken, 1);
  notifier.notify();
  await twice.done;
});
