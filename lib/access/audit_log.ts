import { join } from "node:path";
import { Mutex } from "../async/mutex.ts";
import { LabError, messageOf } from "../errors.ts";
import type { AuditPage, AuditQuery, NewAuditEntry } from "../wire/audit.ts";
import { AUDIT_FILE, sealed, sealOf } from "./audit_chain.ts";
import { findEntries } from "./audit_search.ts";
import { cutEnd, type PlacedLine, readLinesAfter, readLinesBefore } from "./file_lines.ts";
import { answered } from "./folder_answer.ts";
import { appendPrivately, makePrivateFolder } from "./private_file.ts";

/** The part of the file in which the last entry is looked for. */
const MAX_LAST_BYTES = 256 * 1024;

/** Entries that wait to be written, while the disk hangs. */
const MAX_WAITING_ENTRIES = 1_000;

/** An entry that waits to be written. */
interface Waiting {
  text: string;
  written: PromiseWithResolvers<void>;
}

/**
 * The record of all commands in a data folder: one entry a line, chained by hash. Entries that come at the same time are
 * written together. Nothing here blocks the event loop.
 */
export class AuditLog {
  readonly #folder: string;
  readonly #path: string;
  readonly #listeners = new Set<() => void>();
  #waiting: Waiting[] = [];
  /** One read at a time: each one that hangs holds a thread. */
  readonly #reads = new Mutex();
  #isWriting = false;
  /** Resolves when no entry waits to be written. */
  #writing = Promise.resolve();
  /** The hash of the last entry; `undefined` until the file was read, and after a failure. */
  #last: string | undefined;

  /** @param folder The data folder. */
  constructor(folder: string) {
    this.#folder = folder;
    this.#path = join(folder, AUDIT_FILE);
  }

  /**
   * Writes an entry. Resolves when the system has taken it.
   *
   * @throws {LabError} `Unavailable`, if it cannot be written, or too many wait.
   */
  append(entry: NewAuditEntry): Promise<void> {
    if (this.#waiting.length >= MAX_WAITING_ENTRIES) {
      const found = `${MAX_WAITING_ENTRIES} entries wait already`;
      return Promise.reject(new LabError("Unavailable", `Cannot write ${this.#path}: ${found}; nothing was done`));
    }
    const written = Promise.withResolvers<void>();
    this.#waiting.push({ text: JSON.stringify(entry), written });
    if (!this.#isWriting) this.#writing = this.#write();
    return written.promise;
  }

  /**
   * The newest entries that fit a query, the newest last. A line that is no entry is left out.
   *
   * @throws {LabError} `Unavailable`, if the file cannot be read within 5 s.
   */
  async find(query: AuditQuery): Promise<AuditPage> {
    const work = async () => {
      await this.#writing;
      return await findEntries(this.#path, query);
    };
    return await answered((signal) => this.#reads.run(work, signal), "Cannot read the audit log");
  }

  /**
   * The entries from a place in the file on, as they are written there.
   *
   * @param from The beginning of one.
   * @throws {LabError} `Unavailable`, if the file cannot be read within 5 s.
   */
  async read(from: number, maxBytes: number): Promise<readonly PlacedLine[]> {
    const work = () => readLinesAfter(this.#path, from, maxBytes);
    return await answered((signal) => this.#reads.run(work, signal), "Cannot read the audit log");
  }

  /** The place at which the newest entries begin that have at most `maxBytes` together. */
  async newest(maxBytes: number): Promise<number> {
    const work = () => readLinesBefore(this.#path, undefined, maxBytes);
    return (await answered((signal) => this.#reads.run(work, signal), "Cannot read the audit log")).start;
  }

  /** The hash of an entry. */
  hashOf(entry: string): string | undefined {
    return sealOf(entry);
  }

  /** Calls `added` when entries were written, until the returned function is called. */
  listen(added: () => void): () => void {
    this.#listeners.add(added);
    return () => this.#listeners.delete(added);
  }

  /** Resolves when all entries so far are written. */
  async close(): Promise<void> {
    await this.#writing;
  }

  async #write(): Promise<void> {
    this.#isWriting = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0);
      try {
        await this.#writeBatch(batch);
        for (const { written } of batch) written.resolve();
        for (const added of this.#listeners) added();
      } catch (cause) {
        this.#last = undefined;
        const message = `Cannot write ${this.#path}: ${messageOf(cause)}; nothing was done`;
        for (const { written } of batch) written.reject(new LabError("Unavailable", message, { cause }));
      }
    }
    // No await since the last check of `#waiting`: a later entry begins the next write.
    this.#isWriting = false;
  }

  async #writeBatch(batch: readonly Waiting[]): Promise<void> {
    await makePrivateFolder(this.#folder);
    this.#last ??= await this.#repair();
    let last = this.#last;
    let text = "";
    for (const waiting of batch) {
      const line = sealed(waiting.text, last);
      last = sealOf(line)!;
      text += `${line}\n`;
    }
    await appendPrivately(this.#path, text);
    this.#last = last;
  }

  /** The hash of the last entry. Removes an incomplete entry from the end of the file. */
  async #repair(): Promise<string> {
    const { lines, restBytes } = await readLinesBefore(this.#path, undefined, MAX_LAST_BYTES);
    if (restBytes > 0) await cutEnd(this.#path, restBytes);
    const last = lines.at(-1);
    if (last === undefined) return "";
    const seal = sealOf(last.text);
    if (seal === undefined) throw new Error("its last line is no entry; deno task ctl audit verify says more");
    return seal;
  }
}
