import { messageOf } from "../../errors.ts";
import { MASK } from "../../format/secret_index.ts";
import type { FrameItem } from "../../stream/columns/run.ts";
import { nanoseconds, splitFrames, type StoredFrame } from "../store/frames.ts";
import { segmentsWith } from "../store/segment_index.ts";
import { SegmentReader } from "../store/segment_reader.ts";

/** A device at some time, as far as a recording describes it. */
export interface DeviceAtTime {
  device_id: string;
  device_type: string | null;
  driver: { file: string | null; hash: string | null };
  /** The state of the device at that time. */
  state: string | null;
  /** The values by name, as the instrument said them. */
  properties: Record<string, unknown>;
  /** The properties that can be set, and whose values the recording does not have. */
  missing: string[];
  /** The properties whose values were read for the first time after that time, and when. */
  later: { name: string; timestamp: string }[];
  /** The faults of unreadable files and rows, whose data are missing. */
  damaged: string[];
}

/** The time after a moment within which read values count for that moment, if there are none before: nanoseconds. */
const LATER_NS = 60_000_000_000n;

/** A part of a file that is read at a time, from its end to its beginning: nanoseconds. */
const WINDOW_NS = 60_000_000_000n;

interface Described {
  device_type: string;
  driver: DeviceAtTime["driver"];
  state?: string;
  properties: { name: string; writable: boolean }[];
  property_values?: Record<string, unknown>;
}

/** The settings of one device, from its events. */
class Settings {
  readonly values = new Map<string, { value: unknown; timestamp: string }>();
  described: Described | undefined;
  state: string | undefined;
  /** True if no earlier event can add anything. */
  isComplete = false;

  /** Takes an event that is earlier than all that were taken. */
  takeEarlier({ event, data }: StoredFrame): void {
    if (event === "property") this.#takeValue(data);
    else if (event === "device_state") this.state ??= (JSON.parse(data) as { state: string }).state;
    else if (event === "descriptor") {
      const described = JSON.parse(data) as Described & { timestamp: string };
      this.described ??= described;
      this.state ??= described.state;
      const { property_values, timestamp } = described;
      for (const [name, value] of Object.entries(property_values ?? {})) this.#add(name, { value, timestamp });
      this.isComplete = property_values !== undefined;
    }
  }

  /** Takes an event after the time. Returns the name of a property whose first value it has. */
  takeLater({ event, data }: StoredFrame): string | undefined {
    if (event === "property") return this.#takeValue(data);
    if (event === "descriptor") this.described ??= JSON.parse(data) as Described;
    return undefined;
  }

  #takeValue(data: string): string | undefined {
    const { name, value, timestamp } = JSON.parse(data) as { name: string; value: unknown; timestamp: string };
    return this.#add(name, { value, timestamp }) ? name : undefined;
  }

  #add(name: string, known: { value: unknown; timestamp: string }): boolean {
    if (this.values.has(name)) return false;
    this.values.set(name, known);
    return true;
  }
}

/**
 * The settings of devices at a time, in nanoseconds since 1970. Reads backwards from there to the last description of each
 * device. What cannot be read is left out, and named.
 */
export function settingsAt(folder: string, devices: readonly string[], time: bigint): DeviceAtTime[] {
  return devices.map((device) => settingsOf(folder, device, time));
}

function settingsOf(folder: string, device: string, time: bigint): DeviceAtTime {
  const settings = new Settings();
  const after = time + 1n;
  const damages = new Set<string>();
  const damaged = (name: string, error: unknown) => {
    // The retention removes files.
    if (!(error instanceof Deno.errors.NotFound)) damages.add(`${name}: ${messageOf(error)}`);
  };
  for (const frame of framesBefore({ folder, device, damaged }, after)) {
    settings.takeEarlier(frame);
    if (settings.isComplete) break;
  }
  const later: DeviceAtTime["later"] = [];
  for (const frame of framesAfter({ folder, device, damaged }, after)) {
    const name = settings.takeLater(frame);
    if (name !== undefined) later.push({ name, timestamp: settings.values.get(name)!.timestamp });
  }
  const { described, state = null, values } = settings;
  const known = [...values].filter(([, { value }]) => !JSON.stringify(value).includes(MASK));
  const properties = Object.fromEntries(known.map(([name, { value }]) => [name, value]));
  return {
    device_id: device,
    device_type: described?.device_type ?? null,
    driver: described?.driver ?? { file: null, hash: null },
    state,
    properties,
    missing: (described?.properties ?? []).filter(({ name, writable }) => writable && !Object.hasOwn(properties, name))
      .map(({ name }) => name),
    later: later.filter(({ name }) => Object.hasOwn(properties, name)),
    damaged: [...damages],
  };
}

/** Where the events of a device are read. */
interface Place {
  folder: string;
  device: string;
  /** Called with the name of a file, and with the fault of the file or of one of its rows. */
  damaged: (name: string, error: unknown) => void;
}

/** The events of a device before a time, the last one first. */
function* framesBefore(place: Place, to: bigint): Generator<StoredFrame, void> {
  const { folder, device, damaged } = place;
  for (const name of segmentsWith(folder, { devices: [device], to }).reverse()) {
    try {
      using reader = new SegmentReader(`${folder}/${name}`);
      const span = reader.span({ devices: [device], to });
      if (!span) continue;
      for (let end = span.t1 < to ? span.t1 + 1n : to; end > span.t0; end -= WINDOW_NS) {
        yield* eventsWithin(reader, name, place, end - WINDOW_NS, end).reverse();
      }
    } catch (error) {
      damaged(name, error);
    }
  }
}

/** The events of a device from a time on, as far as their values count for it. */
function* framesAfter(place: Place, from: bigint): Generator<StoredFrame, void> {
  const { folder, device, damaged } = place;
  for (const name of segmentsWith(folder, { devices: [device], from, to: from + LATER_NS })) {
    try {
      using reader = new SegmentReader(`${folder}/${name}`);
      yield* eventsWithin(reader, name, place, from, from + LATER_NS);
    } catch (error) {
      damaged(name, error);
    }
  }
}

function eventsWithin(
  reader: SegmentReader,
  name: string,
  { device, damaged }: Place,
  from: bigint,
  to: bigint,
): StoredFrame[] {
  const found: StoredFrame[] = [];
  const rows = reader.rows({ devices: [device], from, to }, (error) => damaged(name, error));
  for (const { items } of rows) {
    found.push(
      ...items.flatMap(eventsOf).filter(({ data }) => {
        const time = timeIn(data);
        return time !== undefined && time >= from && time < to;
      }),
    );
  }
  return found;
}

const EVENTS = ["property", "device_state", "descriptor"];
const MARKS = EVENTS.map((event) => `event: ${event}\n`);

/** The events that settings are read from. Samples in columns are none, and most texts have none and are not cut. */
function eventsOf(item: FrameItem): StoredFrame[] {
  if (typeof item !== "string" || !MARKS.some((mark) => item.includes(mark))) return [];
  return [...splitFrames(item)].filter(({ event }) => EVENTS.includes(event));
}

function timeIn(data: string): bigint | undefined {
  const { timestamp } = JSON.parse(data) as { timestamp?: string };
  return timestamp === undefined ? undefined : nanoseconds(timestamp);
}
