/** A value of a row. Integers beyond 2^53 are rounded. */
export type ColumnValue = number | string | Uint8Array<ArrayBuffer> | null;

/** The value of a column of the present row. */
export type ColumnOf = (name: string) => ColumnValue;

interface Table {
  /** The number of the first page of its tree. */
  root: number;
  columns: readonly string[];
}

/** The pages of a tree from its root to a row. A deeper one is no tree. */
const MAX_DEPTH = 20;

const decoder = new TextDecoder();

/**
 * The tables of a closed SQLite database, read by page (https://www.sqlite.org/fileformat2.html). SQLite itself writes two
 * files beside a database in WAL mode whenever it opens it, and a driver's process may not write. Each row is read when it is asked for.
 */
export class TableFile implements Disposable {
  readonly #file: Deno.FsFile;
  readonly #pageSize: number;
  /** The bytes of a page that are used. */
  readonly #usable: number;
  readonly #tables = new Map<string, Table>();

  /** @throws {Error} if the file is not a complete database. */
  constructor(path: string) {
    this.#file = Deno.openSync(path);
    try {
      const head = this.#read(0, 100);
      if (decoder.decode(head.subarray(0, 15)) !== "SQLite format 3") throw new Error("it is no SQLite database");
      const size = number(head, 16, 2);
      this.#pageSize = size === 1 ? 65_536 : size;
      this.#usable = this.#pageSize - head[20];
      const schema = { root: 1, columns: ["type", "name", "tbl_name", "rootpage", "sql"] };
      for (const column of this.#rows(schema)) {
        if (column("type") !== "table") continue;
        const [, columns = ""] = /\(([^]*)\)/.exec(String(column("sql"))) ?? [];
        this.#tables.set(String(column("name")), {
          root: Number(column("rootpage")),
          columns: columns.split(",").map((it) => it.trim().split(/\s/)[0]),
        });
      }
    } catch (error) {
      this.#file.close();
      throw error;
    }
  }

  /** The rows of a table, in the order of their ids. The id is the column `id`. @throws {Error} if the file is damaged. */
  *rows(table: string): Generator<ColumnOf, void> {
    const found = this.#tables.get(table);
    if (found) yield* this.#rows(found);
  }

  *#rows({ root, columns }: Table): Generator<ColumnOf, void> {
    for (const { page, at } of this.#cells(root, 0)) yield this.#row(page, at, columns);
  }

  /** The places of a tree's rows. */
  *#cells(pageNumber: number, depth: number): Generator<{ page: Uint8Array<ArrayBuffer>; at: number }, void> {
    if (depth > MAX_DEPTH) throw damaged();
    const page = this.#read((pageNumber - 1) * this.#pageSize, this.#pageSize);
    // The first page begins with the head of the file.
    const head = pageNumber === 1 ? 100 : 0;
    const [kind, count] = [page[head], number(page, head + 3, 2)];
    if (kind !== INNER && kind !== LEAF) throw damaged();
    const cells = head + (kind === LEAF ? 8 : 12);
    for (let i = 0; i < count; i++) {
      const at = number(page, cells + 2 * i, 2);
      if (kind === LEAF) yield { page, at };
      else yield* this.#cells(number(page, at, 4), depth + 1);
    }
    if (kind === INNER) yield* this.#cells(number(page, head + 8, 4), depth + 1);
  }

  #row(page: Uint8Array<ArrayBuffer>, at: number, columns: readonly string[]): ColumnOf {
    const size = varint(page, at);
    const id = varint(page, size.next);
    const local = this.#localSize(size.value);
    let payload = page.subarray(id.next, id.next + local);
    // The whole, once a column is asked for that goes on in other pages.
    const reaching = (end: number) => {
      if (end <= payload.length) return payload;
      return payload = this.#overflowing(payload, size.value, number(page, id.next + local, 4));
    };
    const headSize = varint(payload, 0);
    const head = reaching(headSize.value);
    const places: { type: number; start: number }[] = [];
    let start = headSize.value;
    for (let i = headSize.next; i < headSize.value;) {
      const { value: type, next } = varint(head, i);
      places.push({ type, start });
      start += sizeOf(type);
      i = next;
    }
    return (name) => {
      const { type, start } = places[columns.indexOf(name)] ?? { type: 0, start: 0 };
      if (type === 0 && name === "id") return id.value;
      return valueOf(type, reaching(start + sizeOf(type)).slice(start, start + sizeOf(type)));
    };
  }

  /** The bytes of a payload that are in its page. */
  #localSize(size: number): number {
    const usable = this.#usable;
    if (size <= usable - 35) return size;
    const least = Math.floor((usable - 12) * 32 / 255) - 23;
    const some = least + (size - least) % (usable - 4);
    return some <= usable - 35 ? some : least;
  }

  #overflowing(local: Uint8Array, size: number, first: number): Uint8Array<ArrayBuffer> {
    const all = new Uint8Array(size);
    all.set(local);
    let filled = local.length;
    for (let page = first; filled < size;) {
      if (page === 0) throw damaged();
      const bytes = this.#read((page - 1) * this.#pageSize, this.#usable);
      const part = bytes.subarray(4, 4 + size - filled);
      all.set(part, filled);
      filled += part.length;
      page = number(bytes, 0, 4);
    }
    return all;
  }

  #read(offset: number, size: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(size);
    this.#file.seekSync(offset, Deno.SeekMode.Start);
    for (let filled = 0; filled < size;) {
      const read = this.#file.readSync(bytes.subarray(filled));
      if (read === null) throw damaged();
      filled += read;
    }
    return bytes;
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}

/** The kinds of pages in a table's tree. */
const INNER = 5;
const LEAF = 13;

function damaged(): Error {
  return new Error("the file is damaged, or not whole");
}

/** An unsigned integer, the highest byte first. */
function number(bytes: Uint8Array, at: number, size: number): number {
  let value = 0;
  for (let i = at; i < at + size; i++) value = value * 256 + bytes[i];
  return value;
}

/** An integer of 1 to 9 bytes: 7 bits in each, and 8 in the ninth. */
function varint(bytes: Uint8Array, at: number): { value: number; next: number } {
  let value = 0;
  for (let i = 0; i < 8; i++) {
    value = value * 128 + (bytes[at + i] & 127);
    if (bytes[at + i] < 128) return { value, next: at + i + 1 };
  }
  return { value: value * 256 + bytes[at + 8], next: at + 9 };
}

/** The bytes of a value by its type. */
function sizeOf(type: number): number {
  if (type >= 12) return Math.floor((type - 12) / 2);
  return [0, 1, 2, 3, 4, 6, 8, 8, 0, 0][type] ?? 0;
}

function valueOf(type: number, bytes: Uint8Array<ArrayBuffer>): ColumnValue {
  if (type >= 12) return type % 2 === 0 ? bytes : decoder.decode(bytes);
  if (type === 0) return null;
  if (type >= 8) return type - 8;
  if (type === 7) return new DataView(bytes.buffer).getFloat64(0);
  const unsigned = number(bytes, 0, bytes.length);
  return bytes[0] < 128 ? unsigned : unsigned - 2 ** (8 * bytes.length);
}
