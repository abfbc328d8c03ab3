import { deepStrictEqual as equal } from "node:assert/strict";
import type { Device } from "../../lib/device/device.ts";
import { type DeviceRun, DeviceRuns, type FollowedBench } from "../../lib/device/device_runs.ts";
import type { BenchListener } from "../../lib/device/device_table.ts";
import { untilAborted } from "../../lib/async/keep_connected.ts";
import { until } from "../support/until.ts";

/** A bench whose devices the test changes. */
class ChangingBench implements FollowedBench {
  readonly #devices = new Set<Device>();
  #listener: BenchListener = {};

  devices(): Device[] {
    return [...this.#devices];
  }

  listen(listener: BenchListener): () => void {
    this.#listener = listener;
    return () => this.#listener = {};
  }

  add(id: string): Device {
    const device = { id } as Device;
    this.#devices.add(device);
    this.#listener.added?.(device);
    return device;
  }

  remove(device: Device): void {
    this.#devices.delete(device);
    this.#listener.removed?.(device);
  }
}

/** Notes what runs of devices do. */
function notingRuns(end: AbortSignal): { runs: DeviceRuns<DeviceRun>; notes: string[]; sent(): void } {
  const notes: string[] = [];
  const sent = Promise.withResolvers<void>();
  const runs = new DeviceRuns(({ id }) => ({
    run: async (signal: AbortSignal) => {
      notes.push(`${id} runs`);
      await untilAborted(signal);
      notes.push(`${id} is over`);
    },
    flush: async () => {
      notes.push(`${id} sends its rest`);
      await sent.promise;
    },
    clear: () => Promise.resolve(void notes.push(`${id} is cleared`)),
  }), end);
  return { runs, notes, sent: sent.resolve };
}

Deno.test("DeviceRuns runs one for each device that a bench has and gets, until its signal aborts", async () => {
  const end = new AbortController();
  const { runs, notes, sent } = notingRuns(end.signal);
  const bench = new ChangingBench();
  bench.add("a");
  runs.follow(bench);
  bench.add("b");
  equal([runs.size, runs.devices, runs.all.length], [2, bench.devices(), 2]);
  end.abort();
  await runs.over();
  equal(notes, ["a runs", "b runs", "a is over", "b is over"]);
  sent();
  await runs.flush();
  equal(notes.slice(4), ["a sends its rest", "b sends its rest"]);
});

Deno.test("DeviceRuns begins with a device that has the id of a removed one when the rest of that is sent", async () => {
  const end = new AbortController();
  const { runs, notes, sent } = notingRuns(end.signal);
  const bench = new ChangingBench();
  runs.follow(bench);
  bench.remove(bench.add("a"));
  const second = bench.add("a");
  await until("the rest is being sent", () => notes.length === 3);
  equal([notes, runs.isRunning(second)], [["a runs", "a is over", "a sends its rest"], false]);
  sent();
  await until("the second runs", () => runs.isRunning(second));
  equal(notes.slice(3), ["a is cleared", "a runs"]);
  end.abort();
  await runs.over();
});

Deno.test("DeviceRuns follows no longer when it was stopped, and its runs end", async () => {
  const { runs, notes } = notingRuns(new AbortController().signal);
  const bench = new ChangingBench();
  bench.add("a");
  runs.follow(bench);
  runs.stop();
  bench.add("b");
  await runs.over();
  equal(notes, ["a runs", "a is over"]);
});
