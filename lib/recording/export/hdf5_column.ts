import type { Group } from "h5wasm/node";
import type { ColumnType } from "./columns.ts";

/** The values that the file reads and writes at a time. */
const CHUNK = 16_384;

/** Repeated and slowly changing numbers become small, in little time. */
const GZIP_LEVEL = 1;

type NumberArray = Float64Array | BigInt64Array | Uint8Array;

const encoder = new TextEncoder();

/** A dataset of one dimension that grows. */
export class Hdf5Dataset {
  length = 0;
  readonly #dataset;

  constructor(group: Group, name: string, empty: NumberArray, attributes: Record<string, string> = {}) {
    const options = { shape: [0], maxshape: [null], chunks: [CHUNK], compression: GZIP_LEVEL };
    this.#dataset = group.create_dataset({ name, data: empty, ...options });
    for (const [key, value] of Object.entries(attributes)) this.#dataset.create_attribute(key, value);
  }

  append(values: NumberArray): void {
    if (values.length === 0) return;
    const end = this.length + values.length;
    this.#dataset.resize([end]);
    this.#dataset.write_slice([[this.length, end]], values);
    this.length = end;
  }
}

/**
 * A column of a table. A number is a float64, an integer an int64, a boolean a uint8. A list of numbers, and a text as UTF-8,
 * are in a group: `values` of all rows one behind the other, and `offsets`, where those of each row begin, and of the last one
 * end. A missing number is NaN; any other missing value is 0, or has no values, and `valid` has a 0 in its row.
 */
export class Hdf5Column {
  readonly #type: ColumnType;
  readonly #values: Hdf5Dataset;
  readonly #offsets: Hdf5Dataset | undefined;
  readonly #newValid: () => Hdf5Dataset;
  #valid: Hdf5Dataset | undefined;
  #rows = 0;

  /** @param valid The group of the marks of rows with a value. It is made at the first missing value. */
  constructor(group: Group, valid: () => Group, name: string, type: ColumnType, attributes: Record<string, string>) {
    this.#type = type;
    this.#newValid = () => new Hdf5Dataset(valid(), name, new Uint8Array());
    const empty = arrayOf(type, []);
    if (type === "numbers" || empty instanceof Uint8Array && type !== "boolean") {
      const own = group.create_group(name);
      for (const [key, value] of Object.entries(attributes)) own.create_attribute(key, value);
      this.#values = new Hdf5Dataset(own, "values", empty);
      this.#offsets = new Hdf5Dataset(own, "offsets", new BigInt64Array());
      this.#offsets.append(BigInt64Array.of(0n));
    } else this.#values = new Hdf5Dataset(group, name, empty, attributes);
  }

  append(cells: readonly unknown[]): void {
    this.#addValid(cells);
    if (!this.#offsets) return this.#values.append(arrayOf(this.#type, cells));
    const parts = cells.map((cell) => arrayOf(this.#type, [cell]));
    let end = BigInt(this.#values.length);
    this.#offsets.append(BigInt64Array.from(parts, (part) => end += BigInt(part.length)));
    this.#values.append(joined(parts as (Float64Array | Uint8Array)[], arrayOf(this.#type, []) as Float64Array));
  }

  #addValid(cells: readonly unknown[]): void {
    if (this.#type !== "number" && this.#type !== "json" && (this.#valid || cells.includes(null))) {
      this.#valid ??= this.#newValid();
      while (this.#valid.length < this.#rows) {
        this.#valid.append(new Uint8Array(Math.min(CHUNK, this.#rows - this.#valid.length)).fill(1));
      }
      this.#valid.append(Uint8Array.from(cells, (cell) => cell === null ? 0 : 1));
    }
    this.#rows += cells.length;
  }
}

/** The values of some cells, one behind the other. */
function arrayOf(type: ColumnType, cells: readonly unknown[]): NumberArray {
  if (type === "number") return Float64Array.from(cells as (number | null)[], numberOf);
  if (type === "integer") return BigInt64Array.from(cells as (bigint | null)[], (cell) => cell ?? 0n);
  if (type === "boolean") return Uint8Array.from(cells, Number);
  if (type === "numbers") return Float64Array.from((cells as ((number | null)[] | null)[])[0] ?? [], numberOf);
  return encoder.encode((cells as (string | null)[])[0] ?? "");
}

const numberOf = (cell: number | null) => cell ?? NaN;

function joined<T extends Float64Array | Uint8Array>(parts: readonly T[], empty: T): T {
  const Class = empty.constructor as new (length: number) => T;
  const all = new Class(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
