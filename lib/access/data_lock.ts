import { getLogger } from "@logtape/logtape";
import { join } from "node:path";
import { z } from "zod";
import { timestamp } from "../async/clock.ts";
import { delay } from "../async/mod.ts";
import { LabError, messageOf } from "../errors.ts";
import { answered } from "./folder_answer.ts";
import { makePrivateFolder, openIfReachable, readIfReachable } from "./private_file.ts";

/** The file in the data folder that its daemon has locked. */
export const LOCK_FILE = "daemon.lock";

/** The wait for another daemon that does not report its end: it may have got the signal just now. */
const WAIT_MS = 5_000;

/** The time for a daemon that says so to end: its devices are stopped, and its recordings are stored. */
const STOPPING_WAIT_MS = 30_000;

/** The time between two attempts to lock. */
const RETRY_MS = 100;

/** The daemon that has a data folder, as it stands in the file. */
const ownerSchema = z.object({
  pid: z.number(),
  hostname: z.string().nullable(),
  started_at: z.string(),
  url: z.string().optional(),
  is_stopping: z.boolean().optional(),
});

type Owner = z.infer<typeof ownerSchema>;

const logger = getLogger(["labdaemon", "bench"]);

/**
 * The data folder of one daemon. Two with one folder would write into each other's files. The kernel holds the lock as long
 * as the process lives, and no longer.
 */
export class DataLock implements Disposable {
  readonly #file: Deno.FsFile | undefined;
  #owner: Owner;
  #writing: Promise<void>;

  private constructor(file: Deno.FsFile | undefined, owner: Owner) {
    this.#file = file;
    this.#owner = owner;
    this.#writing = file ? writeOwner(file, owner) : Promise.resolve();
  }

  /**
   * Locks a data folder. Waits while another daemon with the lock ends. A folder that cannot be locked (a share without
   * locks, a folder that is not writable) is used all the same, and the log says so.
   *
   * @param hostname The name of this machine, or of this container.
   * @param waitMs The time for a daemon that was asked to end to report that it ends.
   * @throws {LabError} `InvalidRequest`, if another daemon has it.
   */
  static async take(folder: string, hostname: string | null, waitMs: number = WAIT_MS): Promise<DataLock> {
    const owner = { pid: Deno.pid, hostname, started_at: timestamp() };
    let file: Deno.FsFile | undefined;
    try {
      file = await answered((signal) => open(folder, signal), `Cannot lock the data folder ${folder}`);
      if (await isLocked(file, folder, waitMs)) return new DataLock(file, owner);
    } catch (error) {
      file?.close();
      const values = { folder, error: messageOf(error) };
      logger.warn(
        "The data folder {folder} has no lock, so that nothing keeps another daemon from it: {error}",
        values,
      );
      return new DataLock(undefined, owner);
    }
    const other = await readOwner(folder);
    file.close();
    throw new LabError(
      "InvalidRequest",
      `Cannot use the data folder ${folder}: another daemon has it${other ? ` (${ownerText(other)})` : ""}; ` +
        "stop that one, or name another folder by --data, by LABDAEMON_DATA or as data in the bench file",
    );
  }

  /** Writes the address of this daemon into the file, for another one that finds it locked. */
  listensOn(url: string): void {
    this.#note({ url });
  }

  /** Writes that this daemon ends. */
  isStopping(): void {
    this.#note({ is_stopping: true });
  }

  /** Gives the folder free. */
  [Symbol.dispose](): void {
    this.#file?.close();
  }

  #note(change: Partial<Owner>): void {
    this.#owner = { ...this.#owner, ...change };
    if (this.#file) this.#writing = this.#writing.then(() => writeOwner(this.#file!, this.#owner));
  }
}

async function open(folder: string, signal: AbortSignal): Promise<Deno.FsFile> {
  await makePrivateFolder(folder);
  const file = await openIfReachable(join(folder, LOCK_FILE), { read: true, write: true, create: true, mode: 0o600 });
  if (signal.aborted) file.close();
  return file;
}

/** Resolves to true with the lock, and to false if another daemon keeps it. */
async function isLocked(file: Deno.FsFile, folder: string, waitMs: number): Promise<boolean> {
  const start = performance.now();
  const tryLock = () => answered(() => file.tryLock(true), `Cannot lock the data folder ${folder}`);
  for (let isFirst = true; !await tryLock(); isFirst = false) {
    const other = await readOwner(folder);
    if (isFirst) {
      logger.info("Another daemon has the data folder {folder}; waiting for that to end", { folder, ...other });
    }
    if (performance.now() - start > (other?.is_stopping ? STOPPING_WAIT_MS : waitMs)) return false;
    await delay(RETRY_MS);
  }
  return true;
}

async function readOwner(folder: string): Promise<Owner | undefined> {
  try {
    const text = await answered(() => readIfReachable(join(folder, LOCK_FILE)), `Cannot read ${LOCK_FILE}`);
    return ownerSchema.parse(JSON.parse(text));
  } catch {
    // It is being written, its disk was full, or the share hangs.
    return undefined;
  }
}

/**
 * A failure to write is ignored: only the text of another daemon's error, and the length of its wait, depend on the
 * file.
 */
async function writeOwner(file: Deno.FsFile, owner: Owner): Promise<void> {
  try {
    await file.truncate();
    await file.seek(0, Deno.SeekMode.Start);
    await file.write(new TextEncoder().encode(`${JSON.stringify(owner)}\n`));
  } catch {
    // A full disk, or the end of this daemon.
  }
}

function ownerText({ pid, hostname, started_at, url }: Owner): string {
  const parts = [`process ${pid}${hostname === null ? "" : ` on ${hostname}`}`, url, `since ${started_at}`];
  return parts.filter((part) => part !== undefined).join(", ");
}
