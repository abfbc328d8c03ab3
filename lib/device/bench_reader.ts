import {
  type Cursor,
  gapFrame,
  MergedReader,
  type Numbering,
  parsePositions,
  type Positions,
  type Reader,
} from "../stream/mod.ts";
import type { Device } from "./device.ts";

/** The beginning of a reader's stream. */
export interface StartPlace {
  /** The id of the last event that the reader has. */
  since?: string;
  /** Without an id to resume from: begin with the samples of so many last milliseconds. */
  pastMs?: number;
  /**
   * True for a reader that reconnects by itself. It starts no device that was stopped explicitly. If its id cannot be
   * read, the id counts as one of another epoch, because browsers never retry after a refusal.
   */
  reconnects?: boolean;
  /** True for a reader that only watches: no device streams for it. */
  passive?: boolean;
  /** True for a device that the reader may know of. All, by default. `*` stands for these. */
  sees?: (deviceId: string) => boolean;
  /** True for a device that the reader may start. All, by default. */
  mayStart?: (deviceId: string) => boolean;
}

/** The devices that come and go while a {@linkcode BenchReader} reads. */
export interface ReadableBench {
  readonly numbering: Numbering;
  devices(): Device[];
  getDevice(id: string): Device;
  listen(listener: { added(device: Device): void; removed(device: Device): void }): () => void;
}

/** An epoch that no daemon has. */
const OTHER_EPOCH = "elsewhere";

/** @throws {LabError} `InvalidRequest` for an id that cannot be read, unless the reader reconnects. */
export function openCursor({ log }: Device, { since, pastMs, reconnects = false }: StartPlace): Cursor {
  return resume(since, reconnects && `${OTHER_EPOCH}--1`, (since) => log.cursor(since, pastMs));
}

/**
 * Several devices as one stream, as {@linkcode MergedReader} merges them. From `subscribe` until its end, it is a reader of
 * each device, and of those that are added meanwhile.
 */
export class BenchReader implements Pick<Reader, "take" | "subscribe"> {
  readonly #bench: ReadableBench;
  readonly #ids: string[];
  readonly #reconnects: boolean;
  readonly #passive: boolean;
  readonly #sees: (deviceId: string) => boolean;
  readonly #mayStart: (deviceId: string) => boolean;
  readonly #thin: (reader: Reader) => Reader;
  readonly #cursors: Map<Device, Cursor>;
  /** Readers of the gaps of removed devices. */
  #gaps = new Map<string, Reader>();
  readonly #merged: MergedReader;
  readonly #leaves = new Map<Device, Promise<() => void>>();

  /**
   * @param ids The ids of the devices; `*` for all.
   * @param thin Applied to the reader of each device.
   * @throws {LabError} `DeviceNotFound`; `InvalidRequest` for an id that cannot be read, unless the reader reconnects.
   */
  constructor(
    bench: ReadableBench,
    ids: string[],
    { since, pastMs = 0, reconnects = false, passive = false, sees = () => true, mayStart = () => true }: StartPlace =
      {},
    thin: (reader: Reader) => Reader = (reader) => reader,
  ) {
    this.#bench = bench;
    this.#ids = ids;
    this.#reconnects = reconnects;
    this.#passive = passive;
    this.#sees = sees;
    this.#mayStart = mayStart;
    this.#thin = thin;
    const named = ids.filter((id) => id !== "*").map((id) => bench.getDevice(id));
    const devices = ids.includes("*") ? bench.devices().filter(({ id }) => sees(id)) : named;
    this.#cursors = resume(since, reconnects && OTHER_EPOCH, (since) => {
      const places = since === undefined ? undefined : parsePositions(since, bench.numbering);
      if (places && ids.includes("*")) this.#gaps = missedOfRemoved(bench.numbering, places, pastMs, sees);
      return new Map(devices.map((device) => {
        const place = placeOf(device, bench.numbering, places, pastMs);
        return [device, device.log.cursor(place, pastMs)];
      }));
    });
    this.#merged = new MergedReader(bench.numbering);
  }

  take(): Uint8Array | undefined {
    return this.#merged.take();
  }

  /** The ids of the devices that this reader starts. */
  starts(): string[] {
    if (this.#passive) return [];
    const started = [...this.#cursors.keys()].filter((device) => device.startsBy({ waits: this.#reconnects }));
    return started.map(({ id }) => id).filter(this.#mayStart);
  }

  subscribe(wake: () => void): () => void {
    for (const [device, cursor] of this.#cursors) this.#add(device, cursor);
    for (const [deviceId, reader] of this.#gaps) {
      this.#merged.add(deviceId, reader);
      this.#merged.remove(deviceId);
    }
    const stopListening = this.#bench.listen({
      added: (device) => {
        if (this.#ids.some((id) => (id === "*" && this.#sees(device.id)) || id === device.id)) {
          this.#add(device, this.#cursorOf(device));
        }
      },
      removed: (device) => {
        this.#merged.remove(device.id);
        this.#leaves.delete(device);
      },
    });
    const unsubscribe = this.#merged.subscribe(wake);
    return () => {
      unsubscribe();
      stopListening();
      for (const leave of this.#leaves.values()) leave.then((leave) => leave());
    };
  }

  /**
   * The reader's place in a device that was added again: the entries that it had not read when the device was removed
   * become a gap.
   */
  #cursorOf({ id, log }: Device): Cursor {
    const place = this.#merged.placeOf(id);
    return log.cursor(place === undefined ? undefined : `${log.epoch}-${place}`);
  }

  #add(device: Device, cursor: Cursor): void {
    if (this.#leaves.has(device)) return;
    this.#merged.add(device.id, this.#thin(cursor));
    this.#leaves.set(
      device,
      device.read({ waits: this.#reconnects, passive: this.#passive || !this.#mayStart(device.id) }),
    );
  }
}

/** `open(since)`, or `open(fallback)` if there is one and `since` cannot be read. */
function resume<Place>(since: string | undefined, fallback: string | false, open: (since?: string) => Place): Place {
  try {
    return open(since);
  } catch (error) {
    if (fallback === false) throw error;
    return open(fallback);
  }
}

/**
 * The id from which to resume one device. A device that was added after the reader left begins with its first sample
 * since then or, with `pastMs`, with the samples of that period.
 */
function placeOf(
  { id, log }: Device,
  numbering: Numbering,
  places: Positions | undefined,
  pastMs: number,
): string | undefined {
  if (!places) return undefined;
  const { epoch, sequences } = places;
  const place = sequences.get(id);
  if (place !== undefined || epoch !== log.epoch) return `${epoch}-${place ?? -1}`;
  return pastMs > 0 ? undefined : `${epoch}-${(numbering.startAfter(id, places.additions ?? 0) ?? log.sequence) - 1}`;
}

/** A gap for each removed device that had more samples than the reader. */
function missedOfRemoved(
  numbering: Numbering,
  places: Positions,
  pastMs: number,
  sees: (deviceId: string) => boolean,
): Map<string, Reader> {
  const { epoch, sequences } = places;
  const gaps = new Map<string, Reader>();
  if (epoch !== numbering.epoch) return gaps;
  for (const [id, end] of numbering.removed()) {
    if (!sees(id)) continue;
    const place = sequences.get(id);
    if (place === undefined && pastMs > 0) continue;
    const from = place === undefined ? numbering.startAfter(id, places.additions ?? 0) ?? end : place + 1;
    if (from < end) gaps.set(id, gapReader(id, epoch, from, end));
  }
  return gaps;
}

/** A reader of one event: the gap from one sample up to, not including, another. */
function gapReader(deviceId: string, epoch: string, from: number, end: number): Reader {
  const bytes = gapFrame({ deviceId, epoch }, { from, to: end - 1, reason: "expired" }, end);
  const entries = [{ first: from, next: end, bytes, ends: null }];
  return { sequence: from, next: () => entries.pop(), take: () => entries.pop()?.bytes, subscribe: () => () => {} };
}
