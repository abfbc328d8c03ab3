import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import { zstdCompressSync } from "node:zlib";
import type { StoredEvent } from "../store/stored_events.ts";
import { type Column, type ColumnType, FIXED_COLUMNS } from "./columns.ts";
import { charsOf, tableRow } from "./column_row.ts";

/** The rows of a group: what is in memory at a time. */
const MAX_ROWS = 50_000;

/** The characters of the events in a group. */
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

/** The fixed columns but the time. */
const UNCHANGED = ["device_id", "epoch", "sequence", "event", "lost", "detail"] as const;

/** Some rows, column by column. */
class Table {
  rows = 0;
  chars = 0;
  readonly #columns: readonly Column[];
  readonly #fixed = Object.fromEntries(FIXED_COLUMNS.map((name): [string, unknown[]] => [name, []]));
  readonly #own: unknown[][];

  constructor(columns: readonly Column[]) {
    this.#columns = columns;
    this.#own = columns.map(() => []);
  }

  add(event: StoredEvent): void {
    this.rows++;
    this.chars += charsOf(event);
    const { timestamp, cells, ...row } = tableRow(event, this.#columns);
    for (let i = 0; i < cells.length; i++) this.#own[i].push(cells[i]);
    this.#fixed.timestamp.push(timestamp === null ? null : timestamp / 1000n);
    for (const name of UNCHANGED) this.#fixed[name].push(row[name]);
  }

  data() {
    const own = this.#columns.map(({ name }, i) => ({ name, data: this.#own[i] }));
    const { detail, ...fixed } = this.#fixed;
    return [
      ...Object.entries(fixed).map(([name, data]) => ({ name, data })),
      // The smallest and the largest of them help no reader.
      { name: "detail", data: encodedTexts(detail as (string | null)[]), statistics: false },
      ...own,
    ];
  }
}

const encoder = new TextEncoder();

/** Texts as UTF-8, encoded together, which is four times as fast as one by one. Texts that are not ASCII stay texts. */
function encodedTexts(texts: readonly (string | null)[]): unknown[] {
  const all = texts.join("");
  const bytes = encoder.encode(all);
  if (bytes.length !== all.length) return [...texts];
  let at = 0;
  return texts.map((text) => text === null ? null : bytes.subarray(at, at += text.length));
}
