/// <reference lib="dom" />
import type { StreamEvent } from "../../lib/client/mod.ts";
import { placeOf } from "./place_of.ts";
import { ALL, isOf, openChannel, type StreamKind, TAB, type TabMessage } from "./tab_messages.ts";

/** The time between two requests to the tab that has a stream for others. */
const ASK_MS = 1_000;
/** Without a message for so long, the other tab is gone. */
const SILENT_MS = 2_000;
/** A tab's own stream sends the past first. The tab asks for the shared stream when its own was open for this time. */
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
  /** Called when another tab's stream has all devices: the own stream can be closed. */
  onShared: () => void;
  /** Called when the other tab's events have ended. */
  onLost: () => void;
}

/**
 * Moves a page from its own stream to the stream of another tab. The own stream starts the devices and sends the past.
 * Then the other tab's stream continues without a lost sample: the sequence numbers show where.
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
    // Each bench of a view has its own epoch, but the places in a shared stream have only one.
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

  /** Stops asking: the page needs no stream, or opens another one. */
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

  /** Asks for the shared stream, and checks that the other tab still sends. */
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
      // The shared stream begins at the places that this tab sent. If it does not come, this tab opens its own again.
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

  /** True if the kept samples of each device begin at, or before, the next sample of the own stream. */
  #covers(): boolean {
    const seen = new Set<string>();
    // With `*`, a device that the own stream has not seen is new.
    const ifNew = this.#request!.deviceIds.includes(ALL) ? Infinity : 0;
    return this.#kept.every(({ data }) => {
      if (data.event !== "device_data" || seen.has(data.device_id)) return true;
      seen.add(data.device_id);
      const next = this.#places.get(data.device_id) ?? ifNew;
      return data.sequence - (data.skipped ?? 0) <= next;
    });
  }

  #deliver(data: StreamEvent, id: string): void {
    // Skips samples and gaps that the own stream has delivered.
    const isNumbered = data.event === "gap" || data.event === "device_data";
    if (isNumbered && id && placeOf(id).epoch === this.#epoch) {
      if (placeOf(id).next <= (this.#places.get(data.device_id) ?? 0)) return;
    }
    this.note(data, id);
    this.#options.onEvent(data, id);
  }
}
