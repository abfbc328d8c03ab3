import type { DeviceFeed } from "./device_feed.ts";
import { recorderRequestPacket } from "./packets.ts";

/** The highest number of a feed. */
const MAX_NUMBER = 65_535;

/** The bytes of one write, and the bytes that one feed may add to it before the next feed has its turn. */
export const WRITE_BYTES = 4 * 1024 * 1024;
const TURN_BYTES = 1024 * 1024;

/** An entry of so many bytes is large. */
const LARGE_BYTES = 16 * 1024;

/** The feeds of a feeder, and the numbers by which the recorder knows them. */
export class FeedTable implements Iterable<DeviceFeed> {
  readonly #feeds = new Set<DeviceFeed>();
  readonly #subscriptions = new Map<DeviceFeed, () => void>();
  readonly #byNumber = new Map<number, DeviceFeed>();
  readonly #arrived: (feed: DeviceFeed, isLarge: boolean) => void;
  #lastNumber = 0;

  /** @param arrived Called when the log of a feed has something new. */
  constructor(arrived: (feed: DeviceFeed, isLarge: boolean) => void) {
    this.#arrived = arrived;
  }

  [Symbol.iterator](): IterableIterator<DeviceFeed> {
    return this.#feeds.values();
  }

  /** The feed that the recorder knows by a number. */
  get(number: number): DeviceFeed | undefined {
    return this.#byNumber.get(number);
  }

  add(feed: DeviceFeed): void {
    this.#feeds.add(feed);
    const { ring } = feed.log;
    this.#subscriptions.set(
      feed,
      feed.log.subscribe(() => this.#arrived(feed, ring.entry(ring.nextEntry - 1)?.bytes.length >= LARGE_BYTES)),
    );
  }

  remove(feed: DeviceFeed): void {
    this.#subscriptions.get(feed)?.();
    this.#subscriptions.delete(feed);
    this.#feeds.delete(feed);
    this.#byNumber.delete(feed.number);
  }

  /** A new number for a feed; `undefined` while it has to wait. */
  number(feed: DeviceFeed): number | undefined {
    this.#byNumber.delete(feed.number);
    if (this.#hasToWait(feed)) return undefined;
    do this.#lastNumber = this.#lastNumber % MAX_NUMBER + 1; while (this.#byNumber.has(this.#lastNumber));
    this.#byNumber.set(this.#lastNumber, feed);
    return this.#lastNumber;
  }

  /**
   * Adds the pending entries of the open feeds, for one write. Returns their bytes.
   *
   * @param feeds The feeds to look at.
   */
  take(parts: Uint8Array[], feeds: Iterable<DeviceFeed> = this.#feeds): number {
    let bytes = 0;
    for (let hasMore = true; hasMore && bytes < WRITE_BYTES;) {
      hasMore = false;
      for (const feed of feeds) {
        if (!feed.isOpen) continue;
        const taken = feed.take(parts, TURN_BYTES);
        bytes += taken;
        hasMore ||= taken >= TURN_BYTES;
        const close = feed.closeRequest();
        if (close) parts.push(recorderRequestPacket(close));
      }
    }
    return bytes;
  }

  /** True while an earlier feed of the same device is not stored: what comes later is stored later. */
  #hasToWait(feed: DeviceFeed): boolean {
    for (const it of this.#feeds) {
      if (it === feed) return false;
      if (it.folder === feed.folder && it.log.deviceId === feed.log.deviceId) return true;
    }
    return false;
  }
}
