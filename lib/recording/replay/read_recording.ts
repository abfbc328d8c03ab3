import { listed, messageOf } from "../../errors.ts";
import { JsonText } from "../../stream/encode.ts";
import type { JsonSchema } from "../../wire/driver.ts";
import type { ClockEvent, DeviceStateEvent, GapEvent, PropertyEvent } from "../../wire/events.ts";
import { nanoseconds, splitFrames, type StoredFrame } from "../store/frames.ts";
import { listSegments } from "../store/segment_files.ts";
import { deviceRows, recordedDevices } from "./device_rows.ts";

/**
 * A device as it was recorded, when a recording began or when the device changed.
 *
 * @example
 * ```ts
 * import type { RecordedDevice } from "labdaemon/recording";
 *
 * const device: RecordedDevice = { state: "streaming", values: { limit: 3 } };
 * console.assert(device.values?.limit === 3);
 * ```
 */
export interface RecordedDevice {
  /** The state, with the words of `device_state`. */
  state?: string;
  /** The values of properties, by their names. */
  values?: Record<string, unknown>;
}

/** A sample of a recording, or a number of samples that it does not have. */
export type Recorded = RecordedSample | { lost: number };

/** A sample of a recording. */
export interface RecordedSample {
  /** In RFC 3339, as it stood in the stream. */
  timestamp: string;
  /** The milliseconds since the first sample, to the microsecond. What the clock was set by meanwhile is left out. */
  time: number;
  /** The time between two values of a waveform, in milliseconds. */
  dt?: number;
  /** As it stood in the stream, to the last digit. */
  payload: JsonText;
}

/** The beginning of a sample, up to its payload: frames of every driver have this form. */
const HEAD =
  /^\{"event":"device_data","device_id":"(?:[^"\\]|\\.)*","sequence":(\d+),"timestamp":"([^"]+)"(?:,"dt":([^,"]+))?(?:,"received":"[^"]+")?,"payload":/;

/**
 * Reads the samples of one device from a recording, in order, with what was lost between them: what its gaps say, and what the
 * numbers of the samples say where a file is missing. The process needs to read the folder, and nothing is written there.
 *
 * A recording that still runs is read up to what is stored when its last file is reached. A gap of unknown size, as a
 * restart of the daemon leaves one, counts as one lost sample.
 *
 * @param folder The folder of the recording.
 * @param device The id of the device; not needed in a recording of one device.
 * @throws {Error} if the folder is gone, has no such device, or has several and none is named; and for a file that is damaged.
 *
 * @example
 * ```ts
 * import { readRecording } from "labdaemon/recording";
 *
 * try {
 *   for (const entry of readRecording("data/recordings/run42", "daq1")) {
 *     if ("lost" in entry) console.log(`${entry.lost} lost`);
 *     else console.log(entry.timestamp, entry.payload.text);
 *   }
 * } catch (error) {
 *   console.log(`${error}`); // There is no such recording.
 * }
 * ```
 */
export function* readRecording(folder: string, device?: string): Generator<Recorded, void> {
  for (const entry of readStory(folder, device)) if (!isDevice(entry)) yield entry;
}

/**
 * Reads the samples as {@linkcode readRecording} does, and in order with them the states of the device and the values
 * of its properties.
 *
 * @throws {Error} as {@linkcode readRecording} does.
 *
 * @example
 * ```ts
 * import { isDevice, readStory } from "labdaemon/recording";
 *
 * try {
 *   for (const entry of readStory("data/recordings/run42", "daq1")) if (isDevice(entry)) console.log(entry.state);
 * } catch (error) {
 *   console.log(`${error}`); // There is no such recording.
 * }
 * ```
 */
export function* readStory(folder: string, device?: string): Generator<Recorded | RecordedDevice, void> {
  const names = segmentsOf(folder);
  const id = chosenDevice(folder, names, device);
  const place = new Place();
  for (const name of names) {
    yield* named(name, function* () {
      for (const frames of deviceRows(`${folder}/${name}`, id)) {
        for (const frame of splitFrames(frames)) yield* place.take(frame);
      }
    });
  }
}

/**
 * True for what is neither a sample nor lost samples.
 *
 * @example
 * ```ts
 * import { isDevice } from "labdaemon/recording";
 *
 * console.assert(isDevice({ state: "streaming" }) && !isDevice({ lost: 3 }));
 * ```
 */
export function isDevice(entry: Recorded | RecordedDevice): entry is RecordedDevice {
  return !("payload" in entry) && !("lost" in entry);
}

/** Rows of a file in which the description of a device is looked for: it comes first. */
const MAX_FIRST_ROWS = 16;

/**
 * The JSON Schema of a recorded device's samples, with their units, as its first description has it; `undefined` without one.
 *
 * @throws {Error} as {@linkcode readRecording} does.
 *
 * @example
 * ```ts
 * import { recordedSample } from "labdaemon/recording";
 *
 * try {
 *   console.log(recordedSample("data/recordings/run42", "daq1")?.unit);
 * } catch (error) {
 *   console.log(`${error}`); // There is no such recording.
 * }
 * ```
 */
export function recordedSample(folder: string, device?: string): JsonSchema | undefined {
  const names = segmentsOf(folder);
  const id = chosenDevice(folder, names, device);
  for (const name of names) {
    const [found] = named(name, function* () {
      for (const frames of deviceRows(`${folder}/${name}`, id, MAX_FIRST_ROWS)) {
        for (const { event, data } of splitFrames(frames)) if (event === "descriptor") yield JSON.parse(data);
      }
    });
    if (found) return found.sample ?? undefined;
  }
}

/** The number of the next sample, the time of the first one in nanoseconds, and what the clock was set by, in seconds. */
class Place {
  #next: number | undefined;
  #start: bigint | undefined;
  #step = 0;

  *take({ event, data }: StoredFrame): Generator<Recorded | RecordedDevice, void> {
    if (event === "gap") yield* this.#gap(JSON.parse(data));
    else if (event === "clock") this.#step += (JSON.parse(data) as ClockEvent).step;
    else if (event === "device_data") yield* this.#sample(data);
    else if (event === "device_state") yield { state: (JSON.parse(data) as DeviceStateEvent).state };
    else if (event === "property") yield valueOf(JSON.parse(data));
    else if (event === "descriptor") yield descriptionOf(JSON.parse(data));
  }

  *#gap({ from, to }: GapEvent): Generator<Recorded, void> {
    if (to !== null) return yield* this.#skipTo(to + 1, from);
    yield { lost: 1 };
    this.#next = undefined;
  }

  *#sample(data: string): Generator<Recorded, void> {
    const [head = "", sequence, timestamp = "", dt] = HEAD.exec(data) ?? [];
    const ns = nanoseconds(timestamp);
    if (ns === undefined) throw new Error(`expected a sample, found ${data.slice(0, 100)}`);
    yield* this.#skipTo(Number(sequence), Number(sequence));
    this.#next = Number(sequence) + 1;
    if (this.#start === undefined) this.#step = 0;
    this.#start ??= ns;
    const us = Number((ns - this.#start) / 1000n) - Math.round(this.#step * 1e6);
    yield {
      timestamp,
      time: us / 1000,
      ...dt !== undefined && { dt: Number(dt) * 1000 },
      payload: new JsonText(data.slice(head.length, -1)),
    };
  }

  /** @param from The first missing number, if nothing came before. */
  *#skipTo(next: number, from: number): Generator<Recorded, void> {
    const lost = next - (this.#next ?? from);
    if (lost > 0) yield { lost };
    this.#next = Math.max(next, this.#next ?? 0);
  }
}

function valueOf({ name, value }: PropertyEvent): RecordedDevice {
  return { values: { [name]: value } };
}

function descriptionOf(about: { state?: string; property_values?: Record<string, unknown> }): RecordedDevice {
  return { state: about.state, values: about.property_values };
}

function segmentsOf(folder: string): string[] {
  const names = listSegments(folder);
  if (names.length > 0) return names;
  throw new Error("the recording is gone, or has nothing yet");
}

function chosenDevice(folder: string, names: readonly string[], given: string | undefined): string {
  const found = new Set<string>();
  for (const name of names) for (const id of named(name, () => recordedDevices(`${folder}/${name}`))) found.add(id);
  const id = given ?? [...found][0];
  if (id !== undefined && found.has(id) && (given !== undefined || found.size === 1)) return id;
  const choices = listed(found);
  throw new Error(
    given === undefined
      ? `it has ${choices}: choose one of them by "device"`
      : `it has no device ${JSON.stringify(given)}, it has ${choices}`,
  );
}

/** Reads a file. Adds the file's name to errors. */
function* named<T>(name: string, read: () => Iterable<T>): Generator<T, void> {
  try {
    yield* read();
  } catch (error) {
    throw new Error(`${name}: ${messageOf(error)}`, { cause: error });
  }
}
