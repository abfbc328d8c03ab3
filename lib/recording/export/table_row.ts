import { nameOf } from "../../format/channels.ts";
import { isPackedArray } from "../../wire/packed_array.ts";
import { nanoseconds } from "../store/frames.ts";
import type { StoredEvent } from "../store/stored_events.ts";
import { type Column, type ColumnType, numbersIn, valuesOf } from "./columns.ts";
import { asNumber, parseKeepingIntegers } from "./exact_value.ts";

/** An event as a row of a table with typed columns. */
export interface TableRow {
  device_id: string;
  epoch: string;
  /** The number of a sample, or the first number of a gap. */
  sequence: bigint | null;
  /** In nanoseconds since 1970. */
  timestamp: bigint | null;
  /** `null` for a sample. */
  event: string | null;
  lost: bigint | null;
  /** As JSON: the whole event; for a sample, the values without a column and those that do not fit it. */
  detail: string | null;
  /** The values of a sample, in the order of the columns; a `bigint` for an integer. */
  cells: unknown[];
}

/** The row of an event from its text. Integers are exact. Values that do not fit their column are in `detail`. */
export function textRow({ device, epoch, event, data }: StoredEvent, columns: readonly Column[]): TableRow {
  const all = parseKeepingIntegers(data) as Record<string, unknown>;
  const { device_id = device, timestamp, sequence, payload, lost, from, event: _, ...rest } = all;
  const isSample = event === "device_data";
  const cells: unknown[] = [];
  if (isSample) {
    const values = valuesOf(payload);
    for (const { key, type } of columns) {
      const found = values.get(key);
      const value = fitting(found, type);
      cells.push(value);
      if (value !== null) values.delete(key);
      // A list has one dimension.
      const isShaped = type === "numbers" && isPackedArray(found) && found.shape.length !== 1;
      if (isShaped) rest[`${nameOf(JSON.parse(key))}.shape`] = found.shape;
    }
    addUnplaced(rest, values);
  } else for (const _ of columns) cells.push(null);
  const detail = isSample ? rest : all;
  return {
    device_id: String(device_id),
    epoch,
    sequence: integer(isSample ? sequence : from),
    timestamp: typeof timestamp === "string" ? nanoseconds(timestamp) ?? null : null,
    event: isSample ? null : event,
    lost: integer(lost),
    detail: Object.keys(detail).length > 0 ? JSON.stringify(detail) : null,
    cells,
  };
}

/** Adds the values without a column to the detail of a sample, by their names; by their keys where a name is taken. */
export function addUnplaced(detail: Record<string, unknown>, values: ReadonlyMap<string, unknown>): void {
  for (const [key, value] of values) {
    const name = nameOf(JSON.parse(key));
    if (value !== null) detail[Object.hasOwn(detail, name) ? key : name] = value;
  }
}

/** A value as a column of a type takes it; `null` if it does not. */
function fitting(value: unknown, type: ColumnType): unknown {
  if (value === undefined || value === null) return null;
  if (type === "json") return JSON.stringify(value);
  if (type === "numbers") return numbersIn(Array.isArray(value) ? value.map(asNumber) : value) ?? null;
  if (type === "integer") return integer(value);
  const given = type === "number" ? asNumber(value) : value;
  const found = typeof given;
  return found === "string" && type === "text" || found === type ? given : null;
}

const MAX_INT64 = 2n ** 63n;

/** An integer that fits into 64 bits; `null` for anything else. */
function integer(value: unknown): bigint | null {
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) return BigInt(value as number);
  const text = typeof value === "number" || typeof value === "object" ? JSON.stringify(value) ?? "" : "";
  if (!/^-?\d+$/.test(text)) return null;
  const exact = BigInt(text);
  return exact >= -MAX_INT64 && exact < MAX_INT64 ? exact : null;
}
