import type { Device } from "./device.ts";
import type { BenchListener } from "./device_table.ts";

/** The devices of a bench, and their changes. */
export interface FollowedBench {
  devices(): Device[];
  listen(listener: BenchListener): () => void;
}

/** The work for one device, such as to publish its stream. */
export interface DeviceRun {
  /** Runs until the signal aborts. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
  /** Sends the rest when the run is over. */
  flush(): Promise<void>;
  /** Called behind `flush` when the device was removed. */
  clear?(): Promise<void>;
}

/**
 * One run for each device of a bench, from its addition to its removal. When a device is removed, its rest is sent,
 * before the run of a later device with the same id begins.
 */
export class DeviceRuns<Run extends DeviceRun> {
  readonly #make: (device: Device) => Run;
  readonly #signal: AbortSignal;
  readonly #end = new AbortController();
  #stopListening = () => {};
  readonly #running = new Map<Device, { run: Run; end: AbortController; over: Promise<void> }>();
  /** The removed devices whose rest is not sent yet, by their ids. */
  readonly #leaving = new Map<string, Promise<void>>();

  /** @param signal Ends all runs. */
  constructor(make: (device: Device) => Run, signal: AbortSignal) {
    this.#make = make;
    this.#signal = AbortSignal.any([signal, this.#end.signal]);
  }

  /** Begins with the present devices of a bench, and follows its changes until it is stopped. */
  follow(bench: FollowedBench): void {
    this.#stopListening = bench.listen({
      added: (device) => this.#add(device),
      removed: (device) => this.#remove(device),
    });
    for (const device of bench.devices()) this.#add(device);
  }

  /** Follows no longer, and ends all runs. */
  stop(): void {
    this.#stopListening();
    this.#end.abort();
  }

  /** The number of devices that have a run. */
  get size(): number {
    return this.#running.size;
  }

  /** The devices that have a run. */
  get devices(): Device[] {
    return [...this.#running.keys()];
  }

  /** The runs of all devices. */
  get all(): Run[] {
    return Array.from(this.#running.values(), ({ run }) => run);
  }

  /** True while the device has a run, and no rest of an earlier device with its id is left. */
  isRunning(device: Device): boolean {
    return this.#running.has(device) && !this.#leaving.has(device.id);
  }

  /** Resolves when all runs are over. */
  async over(): Promise<void> {
    await Promise.all(Array.from(this.#running.values(), ({ over }) => over));
  }

  /** Sends the rest of each device as soon as its run is over. */
  async flush(): Promise<void> {
    await Promise.all(Array.from(this.#running.values(), ({ run, over }) => over.then(() => run.flush())));
  }

  #add(device: Device): void {
    const run = this.#make(device);
    const end = new AbortController();
    const begin = () => run.run(AbortSignal.any([this.#signal, end.signal]));
    this.#running.set(device, { run, end, over: this.#leaving.get(device.id)?.then(begin) ?? begin() });
  }

  #remove(device: Device): void {
    const { run, end, over } = this.#running.get(device) ?? {};
    this.#running.delete(device);
    end?.abort();
    // If the other side is gone, the last messages are lost.
    const left: Promise<void> = Promise.resolve(over).then(() => run?.flush()).then(() => run?.clear?.()).catch(
      () => {},
    )
      .then(() => {
        if (this.#leaving.get(device.id) === left) this.#leaving.delete(device.id);
      });
    this.#leaving.set(device.id, left);
  }
}
