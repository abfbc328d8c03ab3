import { getLogger } from "@logtape/logtape";
import { messageOf } from "../errors.ts";
import type { LeaseFile } from "./lease_file.ts";
import type { LeaseTable } from "./lease_table.ts";

/** Renewals within this time are kept by one write: a lease that loses the last of them by a crash ends earlier. */
const RENEWALS_MS = 1_000;

const logger = getLogger(["labdaemon", "leases"]);

/** Writes a table to its file, if the table has a file. */
export class KeptTable {
  readonly #table: Pick<LeaseTable, "fence" | "leases">;
  readonly #file: LeaseFile | undefined;
  #soon: ReturnType<typeof setTimeout> | undefined;

  constructor(table: Pick<LeaseTable, "fence" | "leases">, file: LeaseFile | undefined) {
    this.#table = table;
    this.#file = file;
  }

  /** @throws {LabError} `Unavailable`, if it cannot be written. */
  async write(): Promise<void> {
    const table = this.#table;
    // A bench that was never leased needs no file.
    if (table.fence > 0) await this.#file?.write(() => ({ fence: table.fence, leases: table.leases }));
  }

  /** Writes, and logs a failure. Never rejects. */
  async tryWrite(): Promise<void> {
    await this.write().catch((error) => {
      logger.error("{error}; the leases of now are lost if the daemon ends", { error: messageOf(error) });
    });
  }

  /** Writes within a second. */
  writeSoon(): void {
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      void this.tryWrite();
    }, RENEWALS_MS);
  }

  /** Writes the changes that are not written yet. Never rejects. */
  async close(): Promise<void> {
    clearTimeout(this.#soon);
    await this.tryWrite();
  }
}
