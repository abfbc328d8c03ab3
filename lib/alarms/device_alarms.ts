import { getLogger } from "@logtape/logtape";
import { MAX_DELAY_MS } from "../async/delay.ts";
import type { Device } from "../device/device.ts";
import { messageOf } from "../errors.ts";
import { decodeFrames } from "../stream/decode.ts";
import type { Cursor } from "../stream/cursor.ts";
import { Turns } from "../stream/turns.ts";
import type { ChannelAlarms } from "./channel_alarms.ts";

/** The time for checking samples without a pause, of all devices together: other work then gets its turn. */
const MAX_TURN_MS = 2;

/** The longest interval between two checks of a device's state and silence, if it sends nothing. */
const WATCH_MS = 1_000;

const TURNS = new Turns(MAX_TURN_MS);

const logger = getLogger(["labdaemon", "alarms"]);

/** The alarms of one device. They read its stream, so the device streams for them as for any reader. */
export class DeviceAlarms {
  readonly device: Device;
  readonly channels: readonly ChannelAlarms[];
  readonly #cursor: Cursor;
  readonly #unsubscribe: () => void;
  readonly #leave: Promise<() => void>;
  #leaveTurns = () => {};
  #isReading = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;

  constructor(device: Device, channels: readonly ChannelAlarms[]) {
    this.device = device;
    this.channels = channels;
    this.#cursor = device.log.cursor();
    this.#unsubscribe = this.#cursor.subscribe(() => this.#wake());
    this.#leave = device.read();
    this.#leave.catch((error) =>
      logger.warn("Cannot watch {device_id} for its alarms: {error}", { device_id: device.id, error: messageOf(error) })
    );
    this.#tick();
  }

  /** True while the device is to stream. */
  get isWatched(): boolean {
    return this.device.run !== undefined && this.device.state !== "disconnected";
  }

  /** Ends the reading, and all timers. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#leaveTurns();
    this.#unsubscribe();
    this.#leave.then((leave) => leave(), () => {});
  }

  #wake(): void {
    if (this.#isReading || this.#isClosed) return;
    this.#isReading = true;
    this.#leaveTurns = TURNS.wait(() => this.#read());
  }

  /** Checks new entries, one by one, until the turn is over. */
  #read(): void {
    this.#isReading = false;
    const begun = performance.now();
    let entry = this.#cursor.next();
    for (; entry; entry = this.#cursor.next()) {
      if (entry.ends) this.#take(entry.bytes);
      if (performance.now() - begun > MAX_TURN_MS) break;
    }
    TURNS.spend(performance.now() - begun);
    if (entry) this.#wake();
    this.#tick();
  }

  #take(frames: Uint8Array): void {
    const nowMs = performance.now();
    for (const event of decodeFrames(frames)) {
      if (event.event !== "device_data") continue;
      for (const channel of this.channels) channel.take(event.payload, nowMs);
    }
  }

  #tick(): void {
    if (this.#isClosed) return;
    const nowMs = performance.now();
    for (const channel of this.channels) {
      channel.watch(this.isWatched, nowMs);
      channel.tick(nowMs);
    }
    const dueMs = Math.min(nowMs + WATCH_MS, ...this.channels.map((channel) => channel.dueMs));
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#tick(), Math.min(Math.max(1, dueMs - nowMs), MAX_DELAY_MS));
  }
}
