import { getLogger } from "@logtape/logtape";
import type { Device } from "../device/device.ts";
import type { BenchListener } from "../device/device_table.ts";
import { messageOf } from "../errors.ts";
import { Descriptor, type RecordingHost } from "./descriptor.ts";
import { DeviceFeed, type FeedStart } from "./feed/device_feed.ts";
import type { Feeder } from "./feed/feeder.ts";
import { journalOf } from "./feed/journal.ts";
import type { Recording } from "./recording.ts";
import { type Retention, segmentLimits } from "./retention.ts";

const logger = getLogger(["labdaemon", "recording"]);

/** The devices that are recorded, while they come and go. */
export interface RecordedBench {
  devices(): Device[];
  getDevice(id: string): Device;
  listen(listener: BenchListener): () => void;
}

/** The parts of {@linkcode RecordedDevices}. */
export interface RecordedDevicesParts {
  bench: RecordedBench;
  host: RecordingHost;
  feeder: Feeder;
  /** The devices that are always recorded, and how much is kept of them. */
  always: ReadonlyMap<string, Retention>;
  /** The recordings that run. */
  running: () => Recording[];
}

/** The devices of each recording that runs, and their feeds. */
export class RecordedDevices {
  readonly #parts: RecordedDevicesParts;
  readonly #recordings = new Map<DeviceFeed, Recording>();
  /** For each recorded device, the function that stops following its commands and its connections. */
  readonly #following = new Map<Device, () => void>();
  #stopListening = () => {};

  constructor(parts: RecordedDevicesParts) {
    this.#parts = parts;
  }

  /** The feeds that are not stored to their end. */
  get feeds(): DeviceFeed[] {
    return [...this.#recordings.keys()];
  }

  /** The recording that a feed belongs to, until all of it is stored. */
  recordingOf(feed: DeviceFeed): Recording | undefined {
    return this.#recordings.get(feed);
  }

  /** Follows the bench: devices that are added, removed and reloaded. */
  listen(): void {
    const { bench, feeder, running } = this.#parts;
    this.#stopListening = bench.listen({
      added: (device) => running().forEach((recording) => this.#add(recording, device, "oldest")),
      removed: (device) => running().forEach((recording) => this.#remove(recording, device)),
      drivers: () => {
        for (const feed of this.feeds) feed.describe();
        feeder.wake();
      },
    });
  }

  stopListening(): void {
    this.#stopListening();
  }

  /** Adds an event to all recordings that run: little room is left on the disk. */
  warn(freeBytes: number | null): void {
    for (const feed of this.feeds) feed.note("recording", { state: "low", free_bytes: freeBytes });
    this.#parts.feeder.wake();
  }

  /** Records the devices of a recording that are there. */
  begin(recording: Recording, start: FeedStart): void {
    for (const device of this.#parts.bench.devices()) this.#add(recording, device, start);
  }

  /** Ends the feeds of a recording with the present ends of their logs. Resolves when everything is stored. */
  async end(recording: Recording): Promise<void> {
    for (const device of [...recording.members.keys()]) this.#remove(recording, device);
    await Promise.all([...this.#recordings].filter(([, it]) => it === recording).map(([{ closed }]) => closed));
  }

  #add(recording: Recording, device: Device, start: FeedStart): void {
    if (!recording.takes(device.id) || recording.members.has(device)) return;
    const { host, always, feeder } = this.#parts;
    const retention = recording.isAlways ? always.get(device.id) : undefined;
    const descriptor = new Descriptor(device, host);
    this.#follow(device);
    const feed = new DeviceFeed({
      log: device.log,
      folder: recording.folder,
      start,
      limits: retention && segmentLimits(retention),
      describe: () => descriptor.describe(),
      isOutdated: () => descriptor.isOutdated,
    });
    const leave = device.read();
    leave.catch((error) => logger.warn("{error}", { device_id: device.id, error: messageOf(error) }));
    recording.members.set(device, { feed, leave });
    this.#recordings.set(feed, recording);
    feed.closed.then(() => {
      this.#recordings.delete(feed);
      if (!this.feeds.some(({ log }) => log === device.log)) journalOf(device.log).clear();
    });
    feeder.add(feed);
  }

  #remove(recording: Recording, device: Device): void {
    const member = recording.members.get(device);
    if (!member) return;
    recording.members.delete(device);
    member.feed.end();
    if (![...this.#recordings.values()].some(({ members }) => members.has(device))) {
      this.#following.get(device)?.();
      this.#following.delete(device);
    }
    this.#parts.feeder.wake();
    member.leave.then((leave) => leave(), () => {});
  }

  /**
   * Reports the commands to a device to its recorders, and reads its properties at the start and after each connection;
   * once, whatever the number of recordings.
   */
  #follow(device: Device): void {
    if (this.#following.has(device)) return;
    const stopCommands = device.commands.listen((frame) => {
      journalOf(device.log).add(frame);
      this.#parts.feeder.wake();
    });
    let state: Uint8Array | undefined;
    const look = () => {
      if (device.log.state === state) return;
      state = device.log.state;
      void device.properties.readForRecord();
    };
    const stopLooking = device.log.subscribe(look);
    look();
    this.#following.set(device, () => {
      stopCommands();
      stopLooking();
    });
  }
}
