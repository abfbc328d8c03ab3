import assert from "node:assert/strict";
import { Bell } from "../../lib/async/bell.ts";

/** Waits for `times` rings, one after the other, and counts them. */
function listen(bell: Bell, times: number) {
  const listener = { woken: 0, done: Promise.resolve() };
  listener.done = (async () => {
    while (listener.woken < times) {
      await bell.next();
      listener.woken++;
    }
  })();
  return listener;
}

Deno.test("Bell wakes everybody who waits", async () => {
  const bell = new Bell();
  const listeners = [listen(bell, 1), listen(bell, 1), listen(bell, 1)];
  bell.ring();
  await Promise.all(listeners.map(({ done }) => done));
});

Deno.test("Bell does not remember: who comes after it rang waits for the next", async () => {
  const bell = new Bell();
  bell.ring();
  const late = listen(bell, 1);
  for (let i = 0; i < 10; i++) await Promise.resolve();
  assert.equal(late.woken, 0);
  bell.ring();
  await late.done;
});

Deno.test("Bell that rings twice in a turn wakes once", async () => {
  const bell = new Bell();
  const twice = listen(bell, 2);
  bell.ring();
  bell.ring();
  for (let i = 0; i < 10; i++) await Promise.resolve();
  assert.equal(twice.woken, 1);
  bell.ring();
  await twice.done;
});
