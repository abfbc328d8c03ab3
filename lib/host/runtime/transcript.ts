import { timestamp } from "../../async/clock.ts";
import type { Tap } from "../../driver/connection/traffic.ts";
import { concat } from "../../format/concat.ts";
import type { TranscriptEntry } from "../protocol/protocol.ts";
import type { Warn } from "./stream_check.ts";

/** The bytes of a transcript in a second. More are left out, and counted. */
const MAX_BYTES_PER_SECOND = 1024 * 1024;

/** The bytes that an entry counts besides its own. */
const ENTRY_BYTES = 64;

/** Entries wait so long for others, to be sent together. */
const GATHER_MS = 250;

/**
 * The size of the entries in one message to the daemon; a larger entry is a message of its own. Received bytes are cut
 * into entries of this size.
 */
const MESSAGE_BYTES = 128 * 1024;

/** Gathers a device's traffic: each write is an entry, and so are all bytes received until the next write. */
export class Transcript implements Tap {
  readonly #send: (entries: TranscriptEntry[]) => void;
  readonly #warn: Warn;
  #entries: TranscriptEntry[] = [];
  #growing: { at: string; direction: TranscriptEntry["direction"]; parts: Uint8Array[]; bytes: number } | undefined;
  /** The bytes of the entries that wait. */
  #bytes = 0;
  #left = MAX_BYTES_PER_SECOND;
  #secondMs = -Infinity;
  #lost = 0;
  #hasAny = false;
  #isWarned = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(send: (entries: TranscriptEntry[]) => void, warn: Warn) {
    this.#send = send;
    this.#warn = warn;
  }

  take(direction: TranscriptEntry["direction"], bytes: Uint8Array): void {
    this.#hasAny = true;
    if (this.#isWarned) this.#warn("NoTranscript", null);
    this.#isWarned = false;
    const now = performance.now();
    if (now - this.#secondMs > 1000) {
      this.#secondMs = now;
      this.#left = MAX_BYTES_PER_SECOND;
    }
    if (this.#left <= 0) {
      this.#lost += bytes.length;
      return;
    }
    const room = Math.min(bytes.length, this.#left);
    this.#left -= room + ENTRY_BYTES;
    const step = direction === "received" ? MESSAGE_BYTES : Infinity;
    for (let rest = bytes.subarray(0, room);;) {
      this.#add(direction, rest.slice(0, step));
      if (rest.length <= step) break;
      rest = rest.subarray(step);
    }
    this.#lost += bytes.length - room;
    if (this.#lost > 0) this.#finish();
    this.#timer ??= setTimeout(() => this.flush(), GATHER_MS);
  }

  /** The device has connected: warns if no connection of this package was opened. */
  connected(): void {
    if (this.#hasAny) return;
    this.#isWarned = true;
    this.#warn(
      "NoTranscript",
      "its driver has opened no connection of labdaemon/driver, so there is no transcript: an SDK's own connections are not seen",
    );
  }

  /** Sends the gathered entries. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#finish();
    this.#sendEntries();
  }

  #sendEntries(): void {
    if (this.#entries.length > 0) this.#send(this.#entries);
    this.#entries = [];
    this.#bytes = 0;
  }

  #add(direction: TranscriptEntry["direction"], bytes: Uint8Array): void {
    const isSame = direction === "received" && this.#growing?.direction === direction;
    if (!isSame || this.#growing!.bytes + bytes.length > MESSAGE_BYTES) {
      this.#finish();
      this.#growing = { at: timestamp(), direction, parts: [], bytes: 0 };
    }
    this.#growing!.parts.push(bytes);
    this.#growing!.bytes += bytes.length;
  }

  #finish(): void {
    if (!this.#growing) return;
    const { at, direction, parts, bytes } = this.#growing;
    if (this.#bytes + bytes + ENTRY_BYTES > MESSAGE_BYTES) this.#sendEntries();
    this.#bytes += bytes + ENTRY_BYTES;
    this.#growing = undefined;
    const lost = this.#lost > 0 ? { lost: this.#lost } : {};
    this.#lost = 0;
    this.#entries.push({ at, direction, base64: concat(parts).toBase64(), ...lost });
  }
}
