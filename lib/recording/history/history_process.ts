import { getLogger } from "@logtape/logtape";
import { LabError } from "../../errors.ts";
import { HistoryReader } from "./history_reader.ts";
import type { HistoryRequest } from "./history_request.ts";

const logger = getLogger(["labdaemon", "recording"]);

/** The histories that are read at a time, each by a process. */
const MAX_HISTORIES = 4;

/** A process that read nothing for so long is ended. */
const IDLE_MS = 60_000;

/** Reads a span of a device's past. Returns the answer as JSON. */
export type StartHistory = (
  request: HistoryRequest,
  ring: readonly Uint8Array[],
  signal?: AbortSignal,
) => Promise<Uint8Array<ArrayBuffer>>;

/**
 * Processes that read the past of devices. Each stays for the next request, and is replaced when it has ended.
 */
export class HistoryProcesses {
  readonly #idle = new Map<HistoryReader, ReturnType<typeof setTimeout>>();
  readonly #busy = new Set<HistoryReader>();
  #isClosed = false;

  /**
   * Reads a span of a device's past.
   *
   * @throws {LabError} `Unavailable` while there are too many, or if the client is gone.
   */
  readonly start: StartHistory = async (request, ring, signal) => {
    if (this.#busy.size >= MAX_HISTORIES) {
      const message =
        `Cannot read the history: ${MAX_HISTORIES} are read already; try again when one has been answered`;
      throw new LabError("Unavailable", message);
    }
    const known = this.#idle.keys().find(({ root }) => root === request.root);
    const answer = known && await this.#read(known, request, ring, signal);
    if (answer) return answer;
    // The one that was there may have ended before it could read.
    if (this.#isClosed) throw new LabError("Unavailable", "Cannot read the history: the daemon is stopping");
    const reader = new HistoryReader(request.root);
    const first = signal?.aborted ? undefined : await this.#read(reader, request, ring, signal);
    if (first) return first;
    reader.kill();
    const text = await reader.ended;
    if (signal?.aborted) {
      throw new LabError("Unavailable", "Cannot read the history: the client that asked for it is gone");
    }
    logger.error("A history cannot be read: {text}", { text });
    throw new LabError("InternalError", "Cannot read the history; the log of the daemon says why");
  };

  /** Ends all processes. Resolves when they have ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const all = [...this.#idle.keys(), ...this.#busy];
    for (const timer of this.#idle.values()) clearTimeout(timer);
    this.#idle.clear();
    for (const reader of all) reader.kill();
    await Promise.all(all.map(({ ended }) => ended));
  }

  async #read(
    reader: HistoryReader,
    request: HistoryRequest,
    ring: readonly Uint8Array[],
    signal: AbortSignal | undefined,
  ): Promise<Uint8Array<ArrayBuffer> | undefined> {
    clearTimeout(this.#idle.get(reader));
    this.#idle.delete(reader);
    this.#busy.add(reader);
    const stop = () => reader.kill();
    signal?.addEventListener("abort", stop);
    try {
      const answer = await reader.read(request, ring);
      if (answer && !signal?.aborted) this.#keep(reader);
      else reader.kill();
      return answer;
    } finally {
      signal?.removeEventListener("abort", stop);
      this.#busy.delete(reader);
    }
  }

  #keep(reader: HistoryReader): void {
    const timer = setTimeout(() => {
      this.#idle.delete(reader);
      reader.kill();
    }, IDLE_MS);
    // An idle timer must not keep the program running.
    Deno.unrefTimer(timer as unknown as number);
    this.#idle.set(reader, timer);
    reader.ended.then(() => {
      clearTimeout(this.#idle.get(reader));
      this.#idle.delete(reader);
    });
  }
}
