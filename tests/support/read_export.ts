/** Reads exports back, each by a library of its format. */
import { McapStreamReader } from "@mcap/core";
import { Bool, Float64, List, type Table, tableFromIPC, Utf8 } from "apache-arrow";
import * as h5wasm from "h5wasm/node";
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { zstdDecompressSync } from "node:zlib";
import { FIXED_COLUMNS } from "../../lib/recording/export/columns.ts";
import { parseKeepingIntegers } from "../../lib/recording/export/exact_value.ts";
import { compressors } from "./parquet_zstd.ts";

/** A row as every format has it: values as JSON texts, so that all digits count. Without those that are missing. */
export interface ReadRow {
  sequence: bigint | null;
  /** In nanoseconds since 1970. */
  timestamp: bigint | null;
  event: string | null;
  lost: bigint | null;
  detail: string | null;
  cells: Record<string, string>;
}

/** What a file of some format has. */
export interface ReadFile {
  rows: ReadRow[];
  metadata: Record<string, unknown>;
}

type Bytes = Uint8Array<ArrayBuffer>;

/** The events of an MCAP file: the topic, the time and the text of each. */
export function readMcap(bytes: Bytes) {
  const reader = new McapStreamReader({ decompressHandlers: { zstd: (buffer) => zstdDecompressSync(buffer) } });
  reader.append(bytes);
  const [topics, schemas] = [new Map<number, string>(), new Map<string, unknown>()];
  const metadata: Record<string, unknown> = {};
  const messages: { topic: string; sequence: number; time: bigint; text: string }[] = [];
  for (let record = reader.nextRecord(); record; record = reader.nextRecord()) {
    if (record.type === "Channel") topics.set(record.id, record.topic);
    if (record.type === "Schema") schemas.set(record.name, JSON.parse(new TextDecoder().decode(record.data)));
    if (record.type === "Metadata") metadata[record.name] = JSON.parse(record.metadata.get("json")!);
    if (record.type !== "Message") continue;
    const { channelId, sequence, logTime: time, data } = record;
    messages.push({ topic: topics.get(channelId)!, sequence, time, text: new TextDecoder().decode(data) });
  }
  return { messages, schemas, metadata };
}

export async function readParquet({ buffer }: Bytes): Promise<ReadFile> {
  const micros = { timestampFromMicroseconds: (it: bigint) => it } as never;
  const all = await parquetReadObjects({ file: buffer, compressors, parsers: micros, utf8: true });
  const rows = all.map(({ sequence, timestamp, event, lost, detail, device_id: _, epoch: _epoch, ...cells }) => (
    { ...rowOf({ sequence, timestamp, event, lost, detail }, cells), timestamp: nsOf(timestamp as bigint | null) }
  ));
  const { key_value_metadata } = parquetMetadata(buffer);
  return { rows, metadata: Object.fromEntries(key_value_metadata!.map(({ key, value }) => [key, JSON.parse(value!)])) };
}

const nsOf = (micros: bigint | null | undefined) => (micros ?? null) === null ? null : micros! * 1000n;

export function readArrow(bytes: Bytes): ReadFile {
  const table: Table = tableFromIPC(bytes);
  const columns = table.schema.fields.map(({ name, type }, i): [string, unknown[]] => {
    const vector = table.getChildAt(i)!;
    const isPlain = [Bool, Float64, Utf8, List].some((Type) => type instanceof Type);
    // The getter of times rounds them to milliseconds.
    if (isPlain) return [name, Array.from(vector, (it) => it && type instanceof List ? [...it] : it)];
    return [name, vector.data.flatMap((data) => Array.from(data.values, (it, row) => data.getValid(row) ? it : null))];
  });
  const rows = Array.from({ length: table.numRows }, (_, row) => {
    const all = Object.fromEntries(columns.map(([name, values]) => [name, values[row]]));
    const cells = Object.entries(all).filter(([name]) => !FIXED_COLUMNS.includes(name));
    return rowOf(all, Object.fromEntries(cells));
  });
  return { rows, metadata: Object.fromEntries([...table.schema.metadata].map(([key, it]) => [key, JSON.parse(it)])) };
}

/** The samples of a device of an HDF5 file, then its events, and the metadata. */
export async function readHdf5(bytes: Bytes, device: string): Promise<ReadFile> {
  await h5wasm.ready;
  const path = await Deno.makeTempFile();
  await Deno.writeFile(path, bytes);
  const file = new h5wasm.File(path, "r");
  try {
    const samples = tableOf(file, `/devices/${device}/samples`).map(({ detail, ...row }) => {
      const { sequence, timestamp, epoch: _, ...cells } = row;
      return rowOf({ sequence, timestamp, detail }, cells);
    });
    const events = tableOf(file, `/devices/${device}/events`).map((row) => rowOf(row, {}));
    const about = file.get("metadata") as h5wasm.Group;
    const metadata = about.keys().map((name) => [name, JSON.parse(textOf((about.get(name) as h5wasm.Dataset).value))]);
    return { rows: [...samples, ...events], metadata: Object.fromEntries(metadata) };
  } finally {
    file.close();
    await Deno.remove(path);
  }
}

/** The rows of a group, by the names of their columns. */
function tableOf(file: h5wasm.File, path: string): Record<string, unknown>[] {
  const group = file.get(path) as h5wasm.Group;
  const columns = group.keys().map((name): [string, unknown[]] => {
    const item = group.get(name)!;
    const type = item instanceof h5wasm.Group || item instanceof h5wasm.Dataset ? item.attrs.type?.value : undefined;
    const values = item instanceof h5wasm.Group
      ? partsOf(item)
      : Array.from((item as h5wasm.Dataset).value as Iterable<unknown>);
    const valid = (file.get(`${path}_valid/${name}`) as h5wasm.Dataset | null)?.value as Uint8Array | undefined;
    return [name, values.map((it, row) => valid?.[row] === 0 ? null : typed(it, type))];
  });
  const { length } = columns[0][1];
  return Array.from({ length }, (_, row) => Object.fromEntries(columns.map(([name, values]) => [name, values[row]])));
}

function partsOf(group: h5wasm.Group): unknown[] {
  const [values, offsets] = ["values", "offsets"].map((name) => (group.get(name) as h5wasm.Dataset).value);
  const ends = offsets as BigInt64Array;
  return Array.from({ length: ends.length - 1 }, (_, row) => {
    const part = (values as Uint8Array | Float64Array).slice(Number(ends[row]), Number(ends[row + 1]));
    return part instanceof Uint8Array ? textOf(part) : Array.from(part, (it) => Number.isNaN(it) ? null : it);
  });
}

function typed(value: unknown, type: unknown): unknown {
  if (type === "boolean") return value === 1;
  if (value === "" && type !== "text") return null;
  return Number.isNaN(value) ? null : value;
}

const textOf = (value: unknown) => new TextDecoder().decode(value as Uint8Array);

function rowOf(fixed: Record<string, unknown>, cells: Record<string, unknown>): ReadRow {
  const { sequence = null, timestamp = null, event = null, lost = null, detail = null } = fixed;
  const present = Object.entries(cells).filter(([, value]) => value !== null && value !== undefined);
  const texts = present.map((
    [name, value],
  ) => [name, typeof value === "bigint" ? String(value) : JSON.stringify(value)]);
  return { sequence, timestamp, event, lost, detail, cells: Object.fromEntries(texts) } as ReadRow;
}

/** The values of a sample's payload by their names, as JSON texts: those in columns, and those in its detail. */
export function payloadOf({ cells, detail }: ReadRow, jsonColumns: readonly string[]): Record<string, string> {
  const inColumns = Object.entries(cells).map(([name, text]) => [
    name,
    jsonColumns.includes(name) ? JSON.parse(text) : text,
  ]);
  const rest = Object.entries(detail === null ? {} : parseKeepingIntegers(detail) as Record<string, unknown>);
  return Object.fromEntries([...inColumns, ...rest.map(([name, value]) => [name, JSON.stringify(value)])]);
}
