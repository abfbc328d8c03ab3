import {
  AsyncByteQueue,
  Bool,
  type Data,
  type DataType,
  Field,
  Float64,
  Int64,
  List,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  Schema,
  Struct,
  TimestampNanosecond,
  Utf8,
} from "apache-arrow";
import type { StoredEvent } from "../store/stored_events.ts";
import { type Column, type ColumnType, FIXED_COLUMNS } from "./columns.ts";
import { charsOf, tableRow } from "./column_row.ts";

/** The rows of a batch: what is in memory at a time. */
const MAX_ROWS = 50_000;

/** The characters of the events in a batch. */
const MAX_CHARS = 8 * 1024 * 1024;

const TYPES: Record<ColumnType, DataType> = {
  number: new Float64(),
  integer: new Int64(),
  boolean: new Bool(),
  text: new Utf8(),
  json: new Utf8(),
  numbers: new List(new Field("item", new Float64(), true)),
};

const FIXED_TYPES: Record<string, DataType> = {
  sequence: TYPES.integer,
  timestamp: new TimestampNanosecond("UTC"),
  lost: TYPES.integer,
};

/** Keeps the output of the library's writer until it is taken. */
class Pieces extends AsyncByteQueue<Uint8Array> {
  #bytes: Uint8Array[] = [];

  override write(value: ArrayBufferLike | ArrayBufferView): void {
    if (ArrayBuffer.isView(value)) this.#bytes.push(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    else this.#bytes.push(new Uint8Array(value));
  }

  *taken(): Generator<Uint8Array, void> {
    const bytes = this.#bytes;
    this.#bytes = [];
    yield* bytes;
  }
}

/**
 * Events as an Arrow file (Feather, version 2): the rows and columns of the Parquet file, with times in nanoseconds. The metadata
 * of the schema has the recording, the devices' descriptions and the units; that of a field its unit, if all devices have the
 * same one.
 */
export function* arrowPieces(
  events: Iterable<StoredEvent>,
  columns: readonly Column[],
  metadata: Record<string, unknown>,
): Generator<Uint8Array, void> {
  const fields = [
    ...FIXED_COLUMNS.map((name) => new Field(name, FIXED_TYPES[name] ?? TYPES.text, true)),
    ...columns.map(({ name, type, units }) => new Field(name, TYPES[type], true, unitOf(units))),
  ];
  const texts = Object.entries(metadata).map(([key, value]): [string, string] => [
    `labdaemon.${key}`,
    JSON.stringify(value),
  ]);
  const schema = new Schema(fields, new Map(texts));
  const pieces = new Pieces();
  const writer = new RecordBatchFileWriter();
  writer.reset(pieces, schema);
  let cells: unknown[][] = fields.map(() => []);
  let chars = 0;
  const write = () => {
    const length = cells[0].length;
    const children = fields.map(({ type }, i) => dataOf(type, cells[i]));
    writer.write(new RecordBatch(schema, makeData({ type: new Struct(fields), length, nullCount: 0, children })));
    cells = fields.map(() => []);
    chars = 0;
  };
  for (const event of events) {
    const row = tableRow(event, columns);
    const all = [...FIXED_COLUMNS.map((name) => row[name as keyof typeof row]), ...row.cells];
    for (const [i, cell] of all.entries()) cells[i].push(cell);
    chars += charsOf(event);
    if (cells[0].length < MAX_ROWS && chars < MAX_CHARS) continue;
    write();
    yield* pieces.taken();
  }
  if (cells[0].length > 0) write();
  writer.finish();
  yield* pieces.taken();
}

function unitOf(units: Record<string, string>): Map<string, string> | undefined {
  const [unit, ...others] = new Set(Object.values(units));
  return unit !== undefined && others.length === 0 ? new Map([["unit", unit]]) : undefined;
}

const encoder = new TextEncoder();

/** The cells of one column in the library's form. */
function dataOf(type: DataType, cells: readonly unknown[]): Data {
  const { length } = cells;
  const { nullCount, nullBitmap } = validity(cells);
  const common = { length, nullCount, nullBitmap };
  if (type instanceof Bool) return makeData({ type, ...common, data: bits(cells.map((cell) => cell === true)) });
  if (type instanceof Float64) return makeData({ type, ...common, data: Float64Array.from(cells, numberOf) });
  if (type instanceof Int64) return makeData({ type, ...common, data: integers(cells) });
  if (type instanceof TimestampNanosecond) return makeData({ type, ...common, data: integers(cells) });
  if (type instanceof List) {
    const lists = cells as (readonly (number | null)[] | null)[];
    const valueOffsets = offsets(lists.map((list) => list?.length ?? 0));
    const child = dataOf(new Float64(), lists.flatMap((list) => list ?? []));
    return makeData({ type, ...common, valueOffsets, child });
  }
  const texts = cells.map((cell) => encoder.encode((cell as string | null) ?? ""));
  const valueOffsets = offsets(texts.map((text) => text.length));
  const data = new Uint8Array(valueOffsets[length]);
  for (const [i, text] of texts.entries()) data.set(text, valueOffsets[i]);
  return makeData({ type: new Utf8(), ...common, valueOffsets, data });
}

const numberOf = (cell: unknown) => (cell as number | null) ?? 0;

const integers = (cells: readonly unknown[]) => BigInt64Array.from(cells, (cell) => (cell as bigint | null) ?? 0n);

/** Where the values of each row begin, and where the last ones end. */
function offsets(lengths: readonly number[]): Int32Array {
  const found = new Int32Array(lengths.length + 1);
  for (const [i, length] of lengths.entries()) found[i + 1] = found[i] + length;
  return found;
}

function validity(cells: readonly unknown[]): { nullCount: number; nullBitmap: Uint8Array | undefined } {
  const nullCount = cells.reduce((count: number, cell) => cell === null ? count + 1 : count, 0);
  return { nullCount, nullBitmap: nullCount === 0 ? undefined : bits(cells.map((cell) => cell !== null)) };
}

function bits(values: readonly boolean[]): Uint8Array {
  const found = new Uint8Array(Math.ceil(values.length / 8));
  for (const [i, value] of values.entries()) if (value) found[i >> 3] |= 1 << (i & 7);
  return found;
}
