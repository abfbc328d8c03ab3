import { deepStrictEqual as equal } from "node:assert/strict";
import { delay } from "../../lib/async/delay.ts";
import { keepConnected, untilAborted } from "../../lib/async/keep_connected.ts";
import { fakeTime } from "../support/time.ts";

const backoff = { initialDelayMs: 0, maxDelayMs: 0 };
const messageOf = (error: unknown) => (error as Error).message;

Deno.test("keepConnected() serves one connection after the other, and reports by what each was lost", async () => {
  const end = new AbortController();
  const reported: string[] = [];
  const served: number[] = [];
  let opened = 0;
  await keepConnected(() => Promise.resolve(++opened), async ({ connection, signal, lost }) => {
    served.push(connection);
    if (connection === 3) end.abort();
    else lost(new Error(`cut ${connection}`));
    await untilAborted(signal);
  }, { signal: end.signal, backoff, failed: (error) => reported.push(messageOf(error)) });
  equal([served, reported], [[1, 2, 3], ["cut 1", "cut 2"]]);
});

Deno.test("keepConnected() does not serve what was not opened, and reports why", async () => {
  const end = new AbortController();
  const reported: string[] = [];
  let attempts = 0;
  await keepConnected(
    () => {
      if (++attempts === 2) end.abort();
      return Promise.reject(new Error("refused"));
    },
    () => Promise.reject(new Error("served")),
    {
      signal: end.signal,
      backoff,
      failed: (error) => reported.push(messageOf(error)),
    },
  );
  equal([attempts, reported], [2, ["refused"]]);
});

Deno.test("keepConnected() takes a connection that ends without a reason for a lost one", async () => {
  const end = new AbortController();
  const reported: string[] = [];
  await keepConnected(() => Promise.resolve(), () => Promise.resolve(), {
    signal: end.signal,
    backoff,
    failed: (error) => {
      reported.push(messageOf(error));
      end.abort();
    },
  });
  equal(reported, ["the connection has ended"]);
});

Deno.test("keepConnected() begins with the shortest pause again behind a connection of more than ten seconds", async () => {
  using time = fakeTime();
  const end = new AbortController();
  const at: number[] = [];
  const start = performance.now();
  // The pauses are 1, 2 and 4 s, and again 1 s.
  const lengths = [0, 0, 0, 10_001, 0];
  const done = keepConnected(
    () => Promise.resolve(at.push(performance.now() - start)),
    async ({ connection, lost }) => {
      await delay(lengths[connection - 1]);
      if (connection === lengths.length) end.abort();
      lost(new Error("cut"));
    },
    { signal: end.signal, backoff: { initialDelayMs: 1_000, maxDelayMs: 60_000, random: () => 1 }, failed: () => {} },
  );
  await time.tick(60_000);
  await done;
  const pauses = at.slice(1).map((ms, i) => Math.round((ms - at[i] - lengths[i]) / 1_000));
  equal(pauses, [1, 2, 4, 1]);
});
