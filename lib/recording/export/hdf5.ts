import h5wasm, { type File, type Group } from "h5wasm/node";
import { statfsSync } from "node:fs";
import { distinctNames } from "../../format/channels.ts";
import type { StoredEvent } from "../store/stored_events.ts";
import { type Column, columnsOf, type ColumnType } from "./columns.ts";
import { Hdf5Column } from "./hdf5_column.ts";
import { tableRow } from "./column_row.ts";
import { NoRoomError } from "./no_room.ts";

/** The rows that are in memory at a time. */
const MAX_ROWS = 50_000;

/** The characters of events that are in memory at a time. */
const MAX_CHARS = 8 * 1024 * 1024;

const PIECE_BYTES = 256 * 1024;

/** A disk with less room is full for a file whose writing has failed: the library writes whole chunks. */
const FULL_BYTES = 1024 * 1024;

const NANOSECONDS = { unit: "ns", since: "1970-01-01T00:00:00Z" };

const encoder = new TextEncoder();

/** The input of {@linkcode hdf5Pieces}. */
export interface Hdf5Options {
  /** The events to write. */
  events: Iterable<StoredEvent>;
  /** The first description and the first sample of each device. */
  firsts: readonly StoredEvent[];
  metadata: Record<string, unknown>;
  /** The path of the draft, since HDF5 writes again to the beginning of its file. The draft is removed afterwards. */
  draft: string;
  /** Writing fails with a {@linkcode NoRoomError} when the disk has less room. */
  minFreeBytes: number;
}

/**
 * Events as an HDF5 file. `/devices/daq1/samples` has a dataset for each channel, with the unit as attribute, beside `sequence`,
 * `timestamp`, `epoch` and `detail`; `/devices/daq1/events` has the other events in order, each with the number of samples
 * `before` it. `/metadata` has the recording, the descriptions, the units and the epochs as JSON.
 */
export async function* hdf5Pieces(options: Hdf5Options): AsyncGenerator<Uint8Array, void> {
  const { draft } = options;
  try {
    await writeFile(options);
    using file = await Deno.open(draft);
    const buffer = new Uint8Array(PIECE_BYTES);
    for (let read = await file.read(buffer); read !== null; read = await file.read(buffer)) {
      yield buffer.slice(0, read);
    }
  } finally {
    await Deno.remove(draft).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }
}

/** @throws {NoRoomError} if the disk is too full. */
async function writeFile(options: Hdf5Options): Promise<void> {
  const { draft, minFreeBytes } = options;
  assertRoom(draft, minFreeBytes);
  const library = await h5wasm.ready;
  // Otherwise the library reports its errors on stderr alone, and a file that a full disk did not take has gaps.
  library.activate_throwing_error_handler();
  try {
    const file = new h5wasm.File(draft, "w");
    writeEvents(file, options);
    file.close();
  } catch (error) {
    if (error instanceof NoRoomError) throw error;
    // The error itself says little: this process may not write the library's report to a temporary file.
    if (freeBytesOf(draft) >= FULL_BYTES) throw new Error("Cannot write the HDF5 file", { cause: error });
    throw new NoRoomError("Cannot export as HDF5: it is written to the disk first, which is full");
  } finally {
    library.deactivate_throwing_error_handler();
  }
}

function writeEvents(file: File, { events, firsts, metadata, draft, minFreeBytes }: Hdf5Options): void {
  const epochs = new Map<string, number>();
  const devices = new Map<string, DeviceTables>();
  const parent = file.create_group("devices");
  let [rows, chars] = [0, 0];
  const flush = () => {
    assertRoom(draft, minFreeBytes);
    for (const tables of devices.values()) tables.flush();
    [rows, chars] = [0, 0];
  };
  for (const event of events) {
    const { device, epoch, data } = event;
    let tables = devices.get(device);
    if (!tables) {
      const own = firsts.filter((it) => it.device === device);
      // What is no event of a device, such as a damaged file, is beside them.
      tables = new DeviceTables(
        device ? parent.create_group(device) : file.create_group("recording"),
        columnsOf(own),
      );
      devices.set(device, tables);
    }
    if (!epochs.has(epoch)) epochs.set(epoch, epochs.size);
    tables.add(event, epochs.get(epoch)!);
    rows++;
    chars += data.length;
    if (rows >= MAX_ROWS || chars >= MAX_CHARS) flush();
  }
  flush();
  const about = file.create_group("metadata");
  for (const [name, value] of Object.entries({ ...metadata, epochs: [...epochs.keys()] })) {
    // As bytes: Octave reads no group that has a text of HDF5.
    about.create_dataset({ name, data: encoder.encode(JSON.stringify(value)) });
  }
}

function assertRoom(path: string, minFreeBytes: number): void {
  const freeBytes = freeBytesOf(path);
  if (freeBytes >= minFreeBytes) return;
  throw new NoRoomError(
    `Cannot export as HDF5: it is written to the disk first, which has ${freeBytes} bytes left; recording needs ${minFreeBytes}`,
  );
}

function freeBytesOf(path: string): number {
  const { bavail, bsize } = statfsSync(path.slice(0, path.lastIndexOf("/")));
  return bavail * bsize;
}

/** The part of one device in the file. */
class DeviceTables {
  readonly #columns: readonly Column[];
  readonly #samples: Hdf5Table;
  readonly #events: Hdf5Table;
  #count = 0;

  constructor(group: Group, columns: readonly Column[]) {
    this.#columns = columns;
    this.#samples = new Hdf5Table(group, "samples", [
      ["sequence", "integer", {}],
      ["timestamp", "integer", NANOSECONDS],
      ["epoch", "integer", {}],
      ["detail", "json", {}],
      ...columns.map(({ key, name, type, units }): ColumnForm => {
        const [unit] = Object.values(units);
        return [name, type, { path: key, type, ...unit && { unit } }];
      }),
    ]);
    this.#events = new Hdf5Table(group, "events", [
      ["before", "integer", {}],
      ["timestamp", "integer", NANOSECONDS],
      ["epoch", "integer", {}],
      ["event", "json", {}],
      ["sequence", "integer", {}],
      ["lost", "integer", {}],
      ["detail", "json", {}],
    ]);
  }

  add(stored: StoredEvent, epochNumber: number): void {
    const { sequence, timestamp, event, lost, detail, cells } = tableRow(stored, this.#columns);
    const epoch = BigInt(epochNumber);
    if (event === null) {
      this.#count++;
      return this.#samples.add([sequence, timestamp, epoch, detail, ...cells]);
    }
    this.#events.add([BigInt(this.#count), timestamp, epoch, event, sequence, lost, detail]);
  }

  flush(): void {
    this.#samples.flush();
    this.#events.flush();
  }
}

type ColumnForm = [name: string, type: ColumnType, attributes: Record<string, string>];

/** A group with a dataset for each column. */
class Hdf5Table {
  readonly #columns: Hdf5Column[];
  #cells: unknown[][];

  constructor(parent: Group, name: string, columns: readonly ColumnForm[]) {
    const group = parent.create_group(name);
    let valid: Group | undefined;
    const names = distinctNames(columns.map(([name]) => linkName(name)));
    const newValid = () => valid ??= parent.create_group(`${name}_valid`);
    this.#columns = columns.map(([, type, attributes], i) =>
      new Hdf5Column(group, newValid, names[i], type, attributes)
    );
    this.#cells = columns.map(() => []);
  }

  add(cells: readonly unknown[]): void {
    for (const [i, cell] of cells.entries()) this.#cells[i].push(cell);
  }

  flush(): void {
    for (const [i, column] of this.#columns.entries()) column.append(this.#cells[i]);
    this.#cells = this.#columns.map(() => []);
  }
}

/**
 * A name in the form that the file allows: without the separator of paths, and without the character that ends a text
 * in C.
 */
function linkName(name: string): string {
  // deno-lint-ignore no-control-regex
  return name.replaceAll(/[/\u0000-\u001f]/g, "_").replace(/^\.+$/, "_");
}
