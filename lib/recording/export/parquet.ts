import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import { zstdCompressSync } from "node:zlib";
import { nanoseconds } from "../store/frames.ts";
import type { StoredEvent } from "../store/stored_events.ts";
import { type Column, type ColumnType, FIXED_COLUMNS, numbersIn, valuesOf } from "./columns.ts";
import { parseKeepingIntegers } from "./exact_value.ts";
import { nameOf } from "../../format/channels.ts";

/** The rows of a group: what is in memory at a time. */
const MAX_ROWS = 50_000;

/** The same, by the text of its events. */
const MAX_CHARS = 8 * 1024 * 1024;

type SchemaElements = ConstructorParameters<typeof ParquetWriter>[0]["schema"];

const LEAVES: Record<Exclude<ColumnType, "numbers">, object> = {
  number: { type: "DOUBLE" },
  integer: { type: "INT64" },
  boolean: { type: "BOOLEAN" },
  text: { type: "BYTE_ARRAY", converted_type: "UTF8" },
  json: { type: "BYTE_ARRAY", converted_type: "UTF8" },
};

const TIME = { type: "INT64", logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MICROS" } };

const FIXED_TYPES: Record<string, object> = { sequence: LEAVES.integer, timestamp: TIME, lost: LEAVES.integer };

/**
 * Events as a Parquet file, one row each: the columns of the CSV file. A list of numbers is a list. Integers are exact: one that
 * does not fit its column, and any other value that does not, is in `detail`. The metadata has the recording, the devices'
 * descriptions and the units.
 */
export function* parquetPieces(
  events: Iterable<StoredEvent>,
  columns: readonly Column[],
  metadata: Record<string, unknown>,
): Generator<Uint8Array, void> {
  const bytes = new ByteWriter();
  const writer = new ParquetWriter({
    writer: bytes,
    schema: schemaOf(columns),
    codec: "ZSTD",
    compressors: { ZSTD: (input) => zstdCompressSync(input) },
    kvMetadata: Object.entries(metadata).map(([key, value]) => ({
      key: `labdaemon.${key}`,
      value: JSON.stringify(value),
    })),
    createdBy: "LabDaemon",
  });
  const taken = () => {
    const piece = bytes.getBytes().slice();
    bytes.index = 0;
    return piece;
  };
  let table = new Table(columns);
  for (const event of events) {
    table.add(event);
    if (table.rows < MAX_ROWS && table.chars < MAX_CHARS) continue;
    writer.write({ columnData: table.data(), rowGroupSize: MAX_ROWS });
    table = new Table(columns);
    yield taken();
  }
  if (table.rows > 0) writer.write({ columnData: table.data(), rowGroupSize: MAX_ROWS });
  writer.finish();
  yield taken();
}

function schemaOf(columns: readonly Column[]): SchemaElements {
  const leaf = (name: string, type: object) => ({ name, repetition_type: "OPTIONAL", ...type });
  const fixed = FIXED_COLUMNS.map((name) => leaf(name, FIXED_TYPES[name] ?? LEAVES.text));
  const own = columns.flatMap(({ name, type }) =>
    type === "numbers"
      ? [
        { name, repetition_type: "OPTIONAL", converted_type: "LIST", num_children: 1 },
        { name: "list", repetition_type: "REPEATED", num_children: 1 },
        leaf("element", LEAVES.number),
      ]
      : [leaf(name, LEAVES[type])]
  );
  return [{ name: "root", num_children: FIXED_COLUMNS.length + columns.length }, ...fixed, ...own] as SchemaElements;
}

/** Some rows, column by column. */
class Table {
  rows = 0;
  chars = 0;
  readonly #columns: readonly Column[];
  readonly #fixed = new Map<string, unknown[]>(FIXED_COLUMNS.map((name) => [name, []]));
  readonly #own: unknown[][];

  constructor(columns: readonly Column[]) {
    this.#columns = columns;
    this.#own = columns.map(() => []);
  }

  add({ device, epoch, event, data }: StoredEvent): void {
    this.rows++;
    this.chars += data.length;
    const all = parseKeepingIntegers(data) as Record<string, unknown>;
    const { device_id = device, timestamp, sequence, payload, lost, from, event: _, ...rest } = all;
    const ns = typeof timestamp === "string" ? nanoseconds(timestamp) : undefined;
    const isSample = event === "device_data";
    let detail: Record<string, unknown> = all;
    if (isSample) {
      detail = rest;
      const values = valuesOf(payload);
      for (const [i, { key, type }] of this.#columns.entries()) {
        const value = fitting(values.get(key), type);
        this.#own[i].push(value ?? null);
        if (value !== undefined) values.delete(key);
      }
      for (const [key, value] of values) if (value !== null) detail[nameOf(JSON.parse(key))] = value;
    } else for (const cells of this.#own) cells.push(null);
    this.#push({
      device_id,
      epoch,
      sequence: integer(isSample ? sequence : from),
      timestamp: ns === undefined ? null : ns / 1000n,
      event: isSample ? null : event,
      lost: integer(lost),
      detail: Object.keys(detail).length > 0 ? JSON.stringify(detail) : null,
    });
  }

  data() {
    const own = this.#columns.map(({ name }, i) => ({ name, data: this.#own[i] }));
    return [...[...this.#fixed].map(([name, data]) => ({ name, data })), ...own];
  }

  #push(row: Record<string, unknown>): void {
    for (const [name, cells] of this.#fixed) cells.push(row[name] ?? null);
  }
}

/** A value as a column of a type takes it; `undefined` if it does not. */
function fitting(value: unknown, type: ColumnType): unknown {
  if (value === undefined || value === null) return undefined;
  if (type === "json") return JSON.stringify(value);
  if (type === "numbers") return numbersIn(value);
  if (type === "integer") return integer(value) ?? undefined;
  const found = typeof value;
  return found === "string" && type === "text" || found === type ? value : undefined;
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
