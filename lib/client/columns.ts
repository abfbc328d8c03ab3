import { type PackedArray, unpackArray } from "../wire/packed_array.ts";
import type { DeviceColumnsEvent } from "../wire/stream_query.ts";
import type { ReceivedEvent } from "./received_event.ts";

/** The numbers of samples in a row: an array, or one for each name of a sample, as `{ x: …, y: … }`. */
export type ColumnValues = Float64Array | { [name: string]: ColumnValues };

/**
 * Samples in a row of one device, as arrays.
 *
 * @example
 * ```ts
 * import type { Columns } from "labdaemon/client";
 *
 * const firstTime = ({ timestamps }: Columns) => new Date(Number(timestamps[0] / 1000n));
 * ```
 */
export interface Columns {
  event: "device_columns";
  device_id: string;
  /** The number of the first sample; the others follow one by one. */
  sequence: number;
  /** The number of samples. */
  count: number;
  /** NaN stands where a sample has no number. */
  values: ColumnValues;
  /** The time of each, in microseconds since 1970, UTC: the instrument's where the driver gives it, else the host's. */
  timestamps: BigInt64Array;
  /** The host's time of each, also where `timestamps` are the instrument's. */
  received: BigInt64Array;
  /** The event's SSE id: `since` with this id resumes after its last sample. */
  id: string | undefined;
}

/**
 * An event with its samples as arrays; any other event unchanged.
 *
 * @throws {TypeError} if the event's arrays cannot be read.
 */
export function unpackColumns(event: ReceivedEvent): Columns | ReceivedEvent {
  const data = event.data as unknown as DeviceColumnsEvent;
  if (data.event !== "device_columns") return event;
  const timestamps = arrayOf(data.timestamps, BigInt64Array);
  return {
    event: "device_columns",
    device_id: data.device_id,
    sequence: data.sequence,
    count: data.count,
    values: valuesOf(data.payload),
    timestamps,
    received: data.received ? arrayOf(data.received, BigInt64Array) : timestamps,
    id: event.id,
  };
}

function valuesOf(payload: unknown): ColumnValues {
  if (typeof payload !== "object" || payload === null || "base64" in payload) {
    return arrayOf(payload as PackedArray, Float64Array);
  }
  return Object.fromEntries(Object.entries(payload).map(([name, inner]) => [name, valuesOf(inner)]));
}

function arrayOf<T>(packed: PackedArray, Class: new (...args: never) => T): T {
  const array = unpackArray(packed);
  if (array instanceof Class) return array;
  throw new TypeError(
    `Cannot read a column: expected ${Class.name} in base64, found ${JSON.stringify(packed)?.slice(0, 80)}`,
  );
}
