/// <reference lib="dom" />
import type { StreamEvent } from "../../lib/client/mod.ts";
import { placeOf } from "./place_of.ts";
import { ALL, isOf, openChannel, type StreamKind, TAB, type TabMessage } from "./tab_messages.ts";

/** The time between two requests to the tab that has a stream for others. */
const ASK_MS = 1_000;
/** Without a message for so long, the other tab is gone. */
const SILENT_MS = 2_000;
/** A stream of its own gives the past first: a tab asks when it has been open for so long. */
const OWN_MS = 1_500;
/** Events that are kept during the change from the one stream to the other. */
const MAX_KEPT = 20_000;

/** The bench in the id of a device of a view; empty for one of a bench. */
function benchIn(id: string): string {
  return id.slice(0, id.indexOf("/") + 1);
}

/** The options of {@linkcode SharedStream}. */
export interface SharedStreamOptions {
  onEvent: (event: StreamEvent, id: string) => void;
  /** All devices come by another tab's stream: the own one can be closed. */
  onShared: () => void;
  /** Called when the other tab's events have ended. */
  onLost: () => void;
}

/**
 * The way of one page from a stream of its own to the stream of another tab. Its own stream starts devices and gives
 * the past. Then the other tab's stream continues behind it, without a lost sample, because each sample has its number.
 */
export class SharedStream {
  readonly #options: SharedStreamOptions;
  readonly #channel: ReturnType<typeof openChannel>;
  readonly #timer = setInterval(() => this.#tick(), ASK_MS / 2);
  #request: { deviceIds: string[]; maxRate: number } | undefined;
  #openedAt = Infinity;
  #lastEventAt = -Infinity;
  #epoch = "";
  #places = new Map<string, number>();
  #kept: { id: string; data: StreamEvent }[] = [];
  #isShared = false;

  constructor(kind: StreamKind, options: SharedStreamOptions) {
    this.#options = options;
    this.#channel = openChannel(kind, (message) => this.#receive(message));
  }

  /** True while the devices come by another tab's stream. */
  get isShared(): boolean {
    return this.#isShared;
  }

  /** The own stream is open. */
  opened(request: { deviceIds: string[]; maxRate: number }): void {
    this.#clear();
    // Benches of a view have epochs of their own, and the places of one stream for others have one.
    if (new Set(request.deviceIds.map(benchIn)).size > 1) return;
    this.#request = request;
    this.#openedAt = performance.now();
  }

  /** Notes an event, by whichever stream. */
  note({ event, device_id }: StreamEvent, id: string): void {
    if (!id || (event !== "device_data" && event !== "device_state")) return;
    const { epoch, next } = placeOf(id);
    if (epoch !== this.#epoch) this.#places.clear();
    this.#epoch = epoch;
    this.#places.set(device_id, Math.max(next, this.#places.get(device_id) ?? 0));
  }

  /** No stream is wanted, or another one of its own is opened. */
  leave(): void {
    if (this.#request) this.#channel.post({ kind: "leave", tab: TAB });
    this.#clear();
  }

  close(): void {
    this.leave();
    clearInterval(this.#timer);
    this.#channel.close();
  }

  #clear(): void {
    this.#request = undefined;
    this.#openedAt = Infinity;
    this.#kept = [];
    this.#isShared = false;
  }

  /** Asks, and looks whether the other tab is there. */
  #tick(): void {
    const now = performance.now();
    if (this.#isShared && now - this.#lastEventAt > SILENT_MS) {
      this.leave();
      return this.#options.onLost();
    }
    const { deviceIds, maxRate } = this.#request ?? { deviceIds: [], maxRate: 0 };
    const isReady = now - this.#openedAt > OWN_MS && deviceIds.every((id) => id === ALL || this.#places.has(id));
    if (!deviceIds.length || !isReady) return;
    const places = Object.fromEntries([...this.#places].filter(([id]) => isOf(deviceIds, id)));
    this.#channel.post({ kind: "want", tab: TAB, deviceIds, epoch: this.#epoch, places, maxRate });
  }

  #receive(message: TabMessage): void {
    const request = this.#request;
    if (message.kind === "full" && message.tab === TAB && request && !this.#isShared) {
      // The stream for others goes on from the places that this tab has sent. If it does not come, this one opens its own again.
      this.#isShared = true;
      this.#lastEventAt = performance.now();
      return this.#options.onShared();
    }
    if (message.kind !== "given" || !request) return;
    const own = message.events.filter(({ data }) => isOf(request.deviceIds, data.device_id));
    const hasAll = message.maxRate >= request.maxRate &&
      request.deviceIds.every((id) => isOf(message.deviceIds, id));
    if (hasAll) this.#lastEventAt = performance.now();
    if (!this.#isShared) {
      this.#kept.push(...own);
      if (this.#kept.length > MAX_KEPT) this.#kept = [];
      if (!hasAll || performance.now() - this.#openedAt < OWN_MS || !this.#covers()) return;
      this.#isShared = true;
      this.#options.onShared();
      own.splice(0, Infinity, ...this.#kept);
      this.#kept = [];
    }
    for (const { id, data } of own) this.#deliver(data, id);
  }

  /** True if what was kept begins where the own stream is, of each device that has given anything. */
  #covers(): boolean {
    const seen = new Set<string>();
    // Among all devices there are new ones.
    const ifNew = this.#request!.deviceIds.includes(ALL) ? Infinity : 0;
    return this.#kept.every(({ data }) => {
      if (data.event !== "device_data" || seen.has(data.device_id)) return true;
      seen.add(data.device_id);
      const next = this.#places.get(data.device_id) ?? ifNew;
      return data.sequence - (data.skipped ?? 0) <= next;
    });
  }

  #deliver(data: StreamEvent, id: string): void {
    // What the own stream has given as well is known.
    const isNumbered = data.event === "gap" || data.event === "device_data";
    if (isNumbered && id && placeOf(id).epoch === this.#epoch) {
      if (placeOf(id).next <= (this.#places.get(data.device_id) ?? 0)) return;
    }
    this.note(data, id);
    this.#options.onEvent(data, id);
  }
}
