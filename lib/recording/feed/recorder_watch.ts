import { messageOf } from "../../errors.ts";
import type { RecorderReport } from "../protocol/messages.ts";
import type { RecorderLink, StartRecorder } from "./recorder_link.ts";

/** Starts recorders, and knows whether one runs. */
export class RecorderWatch {
  readonly #start: StartRecorder;
  #starts = 0;
  #failure: string | undefined;

  constructor(start: StartRecorder) {
    this.#start = start;
  }

  /** The recorders that were started after the first one. */
  get restarts(): number {
    return Math.max(0, this.#starts - 1);
  }

  /** Why the last one has ended; `undefined` before, and as soon as the next one has reported anything. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** Starts a recorder. */
  readonly start = (): RecorderLink => {
    this.#starts++;
    try {
      const link = this.#start();
      return { ...link, reports: this.#reportsOf(link) };
    } catch (error) {
      this.#failure = messageOf(error);
      throw error;
    }
  };

  async *#reportsOf({ reports }: RecorderLink): AsyncGenerator<RecorderReport, void> {
    try {
      for await (const report of reports) {
        this.#failure = undefined;
        yield report;
      }
      this.#failure = "it has ended";
    } catch (error) {
      this.#failure = messageOf(error);
      throw error;
    }
  }
}
