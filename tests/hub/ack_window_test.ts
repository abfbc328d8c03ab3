/** The messages of a bench that catches up that are on their way to its hub at a time. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { AckWindow } from "../../lib/hub/ack_window.ts";

const never = new AbortController().signal;

/** A window, and messages whose acknowledgements take a time that the test says. */
function messages() {
  let now = 0;
  let paused = 0;
  const window = new AckWindow({
    now: () => now,
    pause: (ms) => {
      paused = Math.max(paused, ms);
      return Promise.resolve();
    },
  });
  return {
    window,
    /** Sends as many as may be on their way; all are acknowledged after a time. Returns the longest pause. */
    async send(ms: number): Promise<number> {
      paused = 0;
      const ends = await Promise.all(Array.from({ length: window.size }, () => window.enter(never)));
      now += ms;
      await Promise.all(ends.map((end) => end()));
      return paused;
    },
  };
}

Deno.test("a hub that acknowledges as fast as at first gets more messages at a time, up to a limit, whatever the length of the way", async () => {
  for (const ms of [1, 150]) {
    const { window, send } = messages();
    equal(window.size, 2);
    for (let i = 0; i < 30; i++) equal(await send(ms), 0);
    equal(window.size, 6);
  }
});

Deno.test("a hub whose acknowledgements become late, since others use it, gets one message at a time with a pause behind each, and more when they are fast again", async () => {
  const { window, send } = messages();
  for (let i = 0; i < 30; i++) await send(5);
  for (let i = 0; i < 10; i++) await send(120);
  equal(window.size, 1);
  equal(await send(120), 120);
  equal(await send(2_000), 250);
  for (let i = 0; i < 30; i++) equal(await send(5), 0);
  equal(window.size, 6);
});

Deno.test("a way that has become longer for good is not taken for a busy hub for ever", async () => {
  const { window, send } = messages();
  for (let i = 0; i < 30; i++) await send(5);
  for (let i = 0; i < 300; i++) await send(150);
  ok(window.size > 1, `${window.size}`);
});

Deno.test("a message waits for a place until one is given back, or its device is gone", async () => {
  const { window } = messages();
  const [first, second] = [await window.enter(never), await window.enter(never)];
  const entered: string[] = [];
  const third = window.enter(never).then(() => entered.push("third"));
  const end = new AbortController();
  const gone = window.enter(end.signal).then(() => entered.push("gone"));
  await Promise.resolve();
  equal(entered, []);
  end.abort();
  await gone;
  equal(entered, ["gone"]);
  await first();
  equal(entered, ["gone"]);
  await second();
  await third;
  equal(entered, ["gone", "third"]);
});
