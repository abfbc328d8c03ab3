import { join } from "node:path";
import { z } from "zod";
import { LabError, messageOf } from "../errors.ts";
import { answered } from "./folder_answer.ts";
import { makePrivateFolder, parseKept, readIfThere, writePrivately } from "./private_file.ts";

/** The place and the entries of a {@linkcode PrivateMap}. */
export interface PrivateMapOptions<Entry> {
  /** The data folder; without one, the entries last as long as the daemon. */
  folder?: string;
  /** The name of its entries, in messages and of its file: `layouts`. */
  noun: string;
  schema: z.ZodType<Entry>;
  keyOf: (entry: Entry) => string;
}

/** Entries by their names, kept as JSON in a file of the data folder that only the daemon's user reads. */
export class PrivateMap<Entry> {
  readonly #options: PrivateMapOptions<Entry>;
  #kept: Promise<ReadonlyMap<string, Entry>> | undefined;
  /** The end of the newest change: one at a time. */
  #changed: Promise<unknown> = Promise.resolve();

  constructor(options: PrivateMapOptions<Entry>) {
    this.#options = options;
  }

  /**
   * All entries; they are read at the first look, and again after a failure.
   *
   * @throws {LabError} `Unavailable`, if they cannot be read.
   */
  async all(): Promise<ReadonlyMap<string, Entry>> {
    const reading = this.#kept ??= this.#read();
    try {
      return await answered(() => reading, `Cannot read the ${this.#options.noun}`);
    } catch (error) {
      if (this.#kept === reading) this.#kept = undefined;
      throw error;
    }
  }

  /**
   * Changes a copy of the map. The change takes effect as soon as it is written.
   *
   * @param attempt The beginning of an error's message.
   * @throws {LabError} `Unavailable`, if the file cannot be read or written; any error that `change` throws.
   */
  change<T>(attempt: string, change: (all: Map<string, Entry>) => T): Promise<T> {
    const changed = this.#changed.catch(() => {}).then(async () => {
      const all = new Map(await this.all());
      const result = change(all);
      await this.#write(all, attempt);
      this.#kept = Promise.resolve(all);
      return result;
    });
    this.#changed = changed;
    return changed;
  }

  async #read(): Promise<ReadonlyMap<string, Entry>> {
    const path = this.path;
    if (path === undefined) return new Map();
    const { noun, schema, keyOf } = this.#options;
    try {
      const version = await readIfThere(path);
      const file = z.object({ version: z.literal(1), [noun]: z.array(schema) });
      const entries = version ? parseKept(version.text, file)[noun] as Entry[] : [];
      return new Map(entries.map((entry) => [keyOf(entry), entry]));
    } catch (cause) {
      throw new LabError("Unavailable", `Cannot read the ${noun} in ${path}: ${messageOf(cause)}`, { cause });
    }
  }

  async #write(all: ReadonlyMap<string, Entry>, attempt: string): Promise<void> {
    const [{ folder, noun }, path] = [this.#options, this.path];
    if (folder === undefined || path === undefined) return;
    const text = JSON.stringify({ version: 1, [noun]: [...all.values()] }, null, 1);
    try {
      await answered(async () => {
        await makePrivateFolder(folder);
        await writePrivately(path, `${text}\n`);
      }, attempt);
    } catch (cause) {
      if (cause instanceof LabError) throw cause;
      throw new LabError("Unavailable", `${attempt}: ${path} cannot be written: ${messageOf(cause)}`, { cause });
    }
  }

  /** The file; `undefined` without a data folder. */
  get path(): string | undefined {
    const { folder, noun } = this.#options;
    return folder === undefined ? undefined : join(folder, `${noun}.json`);
  }
}
