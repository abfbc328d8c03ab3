/// <reference lib="dom" />
import { effect } from "@preact/signals";
import type { PropertyEvent, PropertyStatus, StreamEvent } from "../../lib/client/mod.ts";
import { api, isAway, outage, refresh } from "../bench/bench.ts";
import { perDevice } from "../bench/per_device.ts";
import { listenToPlots, plotted } from "../stream/shared_events.ts";
import { withLease } from "../leases/ask_lease.ts";
import { isVisible } from "../page/visibility.ts";
import { openJoinedStream } from "../tabs/joined_stream.ts";

/** The pause between two readings while no stream brings the changes. */
const PERIOD_MS = 2_000;
/**
 * The period with a stream. Its events report values that others have set or read, but no knob that was turned at the
 * instrument.
 */
const STREAMED_PERIOD_MS = 5_000;
/** The pause is at least so many times as long as the reading, which keeps the instrument from other work. */
const PAUSE_FACTOR = 4;
/** The samples of a stream that other tabs have are not used. */
const UNUSED_RATE_HZ = 0.5;

/** The last known properties of a device; `undefined` until the daemon has answered once. */
export const propertiesOf = perDevice<readonly PropertyStatus[] | undefined>(undefined);

/**
 * Keeps the properties up to date until the returned function is called. They are read at the opening of a stream and
 * at each new state; `property` events report changes in between. Without a stream they are read more often. A hidden
 * page reads nothing.
 */
export function watchProperties(id: string): () => void {
  const readings = new Readings(id);
  const onEvent = (event: StreamEvent) => {
    if (event.event === "property") changed(id, event);
    if (event.event !== "device_state") return;
    // The state and its controls change with the values, not at the next poll.
    refresh();
    readings.now();
  };
  const end = effect(() => {
    const isPlotted = plotted.value.includes(id);
    readings.isStreamed = isPlotted && !outage.value;
    readings.now();
    // The stream of the plots brings the events, too: browsers allow six connections to a daemon.
    if (isPlotted) return listenToPlots((event) => event.device_id === id && onEvent(event));
    // A dead connection reports no error; the polling does.
    if (outage.value || !isVisible.value) return;
    return openJoinedStream({
      deviceIds: [id],
      maxRate: UNUSED_RATE_HZ,
      query: { no_samples: true },
      onEvent,
      // The state is the first event.
      onOpen: () => readings.isStreamed = true,
      onCut: () => readings.isStreamed = false,
    });
  });
  return () => {
    end();
    readings.end();
  };
}

/** The readings of a device's properties, one after the other. */
class Readings {
  isStreamed = false;
  readonly #id: string;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isReading = false;
  #isAsked = false;
  #isEnded = false;

  constructor(id: string) {
    this.#id = id;
  }

  /** Reads at once or, if a reading is under way, after it. */
  now(): void {
    if (this.#isReading) this.#isAsked = true;
    else this.#read();
  }

  end(): void {
    this.#isEnded = true;
    clearTimeout(this.#timer);
  }

  async #read(): Promise<void> {
    clearTimeout(this.#timer);
    this.#isReading = true;
    this.#isAsked = false;
    const start = performance.now();
    if (!document.hidden && !outage.peek() && !isAway(this.#id)) await readProperties(this.#id).catch(() => {});
    this.#isReading = false;
    if (this.#isEnded) return;
    const period = this.isStreamed ? STREAMED_PERIOD_MS : PERIOD_MS;
    const pause = Math.max(period, PAUSE_FACTOR * (performance.now() - start));
    this.#timer = setTimeout(() => this.#read(), this.#isAsked ? 0 : pause);
  }
}

async function readProperties(id: string): Promise<void> {
  const found = await api.getDeviceProperties(id);
  const properties = propertiesOf(id);
  const known = new Map(properties.peek()?.map((it) => [it.name, it]));
  properties.value = found.map((it) => {
    const before = known.get(it.name);
    // A value that was set meanwhile is newer than the one that the list has.
    return before?.timestamp && it.timestamp && before.timestamp > it.timestamp ? before : it;
  });
}

/** Shows a value that the instrument has, unless a newer one is known. */
function changed(id: string, { name, value, timestamp }: Pick<PropertyEvent, "name" | "value" | "timestamp">): void {
  const properties = propertiesOf(id);
  properties.value = properties.peek()?.map((it) =>
    it.name !== name || (it.timestamp ?? "") > timestamp ? it : { ...it, value, timestamp, error: undefined }
  );
}

/** Sets a property. Resolves with what the instrument says, which the page shows from then on. */
export async function setProperty(id: string, name: string, asked: unknown): Promise<unknown> {
  await withLease(id);
  const { value, timestamp } = await api.setDeviceProperty(id, name, asked);
  if (timestamp !== null) changed(id, { name, value, timestamp });
  return value;
}
