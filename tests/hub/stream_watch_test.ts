/** The watch over the stream of a bench, with the answers of the hub by hand. */
import { deepStrictEqual as equal } from "node:assert/strict";
import type { HubConnection } from "../../lib/hub/hub_connection.ts";
import { watchStream } from "../../lib/hub/stream_watch.ts";
import { fakeTime } from "../support/time.ts";

/** A stream as the hub describes it: when it was made, its first and its last message. One that is empty begins behind its last. */
type Answer = [created: string, first: number, last: number];

async function losses(answers: readonly Answer[]): Promise<number[]> {
  using time = fakeTime();
  const end = new AbortController();
  let look = -1;
  const found: number[] = [];
  const info = () => {
    const [created, first_seq, last_seq] = answers[++look];
    return Promise.resolve({ created, state: { first_seq, last_seq, messages: last_seq - first_seq + 1 } });
  };
  const hub = { manager: { streams: { info } } } as unknown as HubConnection;
  const over = watchStream(hub, "lab1", () => found.push(look), end.signal);
  for (const _ of answers.slice(1)) await time.tick(5_000);
  end.abort();
  await over;
  return found;
}

Deno.test("a stream that is purged is lost, also if messages have come since", async () => {
  equal(await losses([["a", 1, 40], ["a", 41, 40], ["a", 41, 60]]), [1]);
  equal(await losses([["a", 1, 40], ["a", 42, 60], ["a", 42, 90]]), [1]);
});

Deno.test("a stream that is new, goes on, or drops its oldest messages is not lost; another one of its name is", async () => {
  equal(await losses([["a", 1, 0], ["a", 1, 5], ["a", 3, 9], ["b", 1, 12]]), [3]);
});
