import { getLogger } from "@logtape/logtape";
import { join } from "node:path";
import { z } from "zod";
import { answered } from "../../access/folder_answer.ts";
import { makePrivateFolder, parseKept, readIfThere, writePrivately } from "../../access/private_file.ts";
import { messageOf } from "../../errors.ts";
import { alarmSchema, type AlarmStatus } from "../../wire/alarms.ts";
import type { UnreadableFile } from "../../wire/server.ts";

const fileSchema = z.object({ version: z.literal(1), alarms: z.array(alarmSchema) });

const logger = getLogger(["labdaemon", "alarms"]);

/** The incidents in the data folder. */
export class AlarmFile {
  readonly #folder: string;
  readonly #path: string;
  #writing: Promise<void> = Promise.resolve();
  #next: readonly AlarmStatus[] | undefined;

  constructor(folder: string) {
    this.#folder = folder;
    this.#path = join(folder, "alarms.json");
  }

  /**
   * The alarms of the previous run that had an incident; none if the file cannot be used, which is logged.
   *
   * @param unreadable Gets the file if it cannot be used.
   */
  async read(unreadable: UnreadableFile[] = []): Promise<AlarmStatus[]> {
    try {
      const version = await answered(() => readIfThere(this.#path), "Cannot read the alarms");
      return version ? parseKept(version.text, fileSchema).alarms : [];
    } catch (error) {
      const message = `Cannot use the alarms in ${this.#path}: ${messageOf(error)}; no incident continues`;
      logger.error("{error}", { error: message });
      unreadable.push({ file: this.#path, message });
      return [];
    }
  }

  /** Writes the alarms that have an incident. Of calls during a write, only the last counts. Failures are logged. */
  write(alarms: readonly AlarmStatus[]): void {
    const isWaiting = this.#next !== undefined;
    this.#next = alarms;
    if (isWaiting) return;
    this.#writing = this.#writing.then(async () => {
      const kept = this.#next!.filter(({ incident }) => incident !== null);
      this.#next = undefined;
      try {
        await makePrivateFolder(this.#folder);
        await writePrivately(this.#path, `${JSON.stringify({ version: 1, alarms: kept }, null, 2)}\n`);
      } catch (error) {
        logger.error("Cannot keep the alarms in {path}: {error}", { path: this.#path, error: messageOf(error) });
      }
    });
  }

  /** Resolves when all is written that was asked for. */
  get written(): Promise<void> {
    return this.#writing;
  }
}
