import { deepStrictEqual as equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { fail } from "../support/scripted_driver.ts";
import { type ScriptedBench, scriptedBench } from "../support/scripted_bench.ts";
import { settled } from "../support/watch.ts";

const AT_ONCE = { maxRestarts: 5, windowMs: 60_000, initialDelayMs: 0, maxDelayMs: 0 };

const REQUESTS = ["connect", "disconnect", "start", "stop"] as const;
const EVENTS = ["reader comes", "reader leaves", "sample", "line drops", "stream ends", "connect fails"] as const;

type Action = typeof REQUESTS[number] | typeof EVENTS[number];

/** One action, some microtasks after the last, and awaited or not. */
const step = fc.record({
  action: fc.constantFrom<Action>(...REQUESTS, ...REQUESTS, ...EVENTS),
  microtasks: fc.nat({ max: 12 }),
  settle: fc.boolean(),
});

/** Plays actions on a bench, without waiting for their effects. */
class Player {
  readonly outcomes: Promise<unknown>[] = [];
  readonly #bench: ScriptedBench;
  readonly #leaves: (() => void)[] = [];
  n = 0;

  constructor(bench: ScriptedBench) {
    this.#bench = bench;
  }

  play(action: Action): void {
    const { device, instrument } = this.#bench;
    switch (action) {
      case "connect":
        return this.#request(device.connect());
      case "disconnect":
        return this.#request(device.disconnect());
      case "start":
        return this.#request(device.startStreaming());
      case "stop":
        return this.#request(device.stopStreaming());
      case "reader comes":
        return this.#request(device.read().then((leave) => this.#leaves.push(leave)));
      case "reader leaves":
        return this.#leaves.pop()?.();
      case "sample":
        return instrument.push(this.n++);
      case "line drops":
        return instrument.drop("the line is down");
      case "stream ends":
        return instrument.finish();
      case "connect fails":
        return void instrument.next("connect", fail("no cable"));
    }
  }

  #request(outcome: Promise<unknown>): void {
    this.outcomes.push(outcome);
    outcome.catch(() => {});
  }

  async over(): Promise<void> {
    await Promise.allSettled(this.outcomes);
    for (const leave of this.#leaves) leave();
    await settled();
  }
}

/** Which states may follow each. */
const NEXT: Record<string, string[]> = {
  disconnected: ["connecting"],
  connecting: ["connected", "retrying", "disconnected"],
  connected: ["streaming", "retrying", "disconnected"],
  streaming: ["connected", "retrying", "disconnected"],
  retrying: ["connecting", "disconnected"],
};

/** The states that readers see follow each other as they may. */
function assertStatesFollow(states: readonly unknown[]): void {
  for (const [i, state] of states.slice(1).entries()) {
    ok(NEXT[String(states[i])].includes(String(state)), `${states[i]}, then ${state}: ${states.join(" ")}`);
  }
}

/** The driver's functions were called in the order of its contract. */
function assertOneAtATime(calls: readonly string[]): void {
  const story = calls.join(" ");
  const connection = /^create( connect( stream streamed)*)? disconnect( |$)/;
  let rest = story;
  while (rest) {
    const match = connection.exec(rest);
    ok(match, `not one connection: ${rest}, in ${story}`);
    rest = rest.slice(match[0].length);
  }
}

Deno.test("requests and failures in any order: the driver's contract holds, and no sequence number is lost or used twice", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      await using bench = await scriptedBench({ restart: AT_ONCE });
      const { device, instrument, watch } = bench;
      const player = new Player(bench);
      for (const { action, microtasks, settle } of steps) {
        for (let i = 0; i < microtasks; i++) await Promise.resolve();
        player.play(action);
        if (settle) await settled();
      }
      await player.over();
      await device.disconnect();
      equal(device.state, "disconnected");
      assertOneAtATime(instrument.calls);
      assertStatesFollow(watch.states);
      await settled();
      equal(watch.sequences, Array.from(watch.sequences, (_, i) => i));
      equal(watch.sequences.length, device.log.sequence);
    }),
    { numRuns: 200 },
  );
});

Deno.test("requests in any order: the last ones count", async () => {
  const request = fc.record({ action: fc.constantFrom(...REQUESTS), microtasks: fc.nat({ max: 12 }) });
  await fc.assert(
    fc.asyncProperty(fc.array(request, { maxLength: 12 }), async (requests) => {
      await using bench = await scriptedBench({ restart: AT_ONCE });
      const { device, instrument, watch } = bench;
      const player = new Player(bench);
      let [connected, streaming] = [false, false];
      for (const { action, microtasks } of requests) {
        for (let i = 0; i < microtasks; i++) await Promise.resolve();
        player.play(action);
        if (action === "connect") connected = true;
        else if (action === "disconnect") connected = streaming = false;
        else if (action === "stop") streaming = false;
        else if (connected) streaming = true;
      }
      await player.over();
      equal(device.state, streaming ? "streaming" : connected ? "connected" : "disconnected");
      assertStatesFollow(watch.states);
      instrument.push("a sample");
      await (streaming ? watch.sample() : settled());
      equal(watch.samples, streaming ? ["a sample"] : []);
    }),
    { numRuns: 300 },
  );
});
