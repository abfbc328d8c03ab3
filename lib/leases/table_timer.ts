import { MAX_DELAY_MS } from "../async/mod.ts";
import type { LeaseTable } from "./lease_table.ts";

/** Advances a table when something in it is over. */
export class TableTimer {
  readonly #table: Pick<LeaseTable, "advance" | "nextMs">;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The time that the timer is set to. */
  #armedMs = Infinity;
  #isClosed = false;

  constructor(table: Pick<LeaseTable, "advance" | "nextMs">) {
    this.#table = table;
  }

  /** Ends now the leases that are over, even if the timer is late. */
  advance(): void {
    this.#table.advance(performance.now());
    this.arm();
  }

  /** Sets the timer to the next end in the table, which has changed. */
  arm(): void {
    const { nextMs } = this.#table;
    if (nextMs === this.#armedMs || this.#isClosed) return;
    this.#armedMs = nextMs;
    clearTimeout(this.#timer);
    if (nextMs === Infinity) return;
    const waitMs = Math.max(0, Math.ceil(nextMs - performance.now()));
    this.#timer = setTimeout(() => {
      this.#armedMs = Infinity;
      this.advance();
    }, Math.min(MAX_DELAY_MS, waitMs));
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }
}
