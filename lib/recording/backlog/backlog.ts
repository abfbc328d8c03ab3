import type { PastPlace, RecordedPart } from "../../stream/past/recorded_part.ts";
import type { StreamLog } from "../../stream/stream_log.ts";
import type { Recordings } from "../recordings.ts";
import { backlogProcess, type StartBacklog } from "./backlog_process.ts";
import type { BacklogRequest } from "./backlog_request.ts";

/** The recorded frames of a bench's devices, for readers whose place the rings no longer have. */
export class Backlog {
  readonly #recordings: Recordings;
  readonly #start: StartBacklog;

  /** @param start Reads it; by default in a process for all devices. */
  constructor(recordings: Recordings, start: StartBacklog = backlogProcess()) {
    this.#recordings = recordings;
    this.#start = start;
  }

  /**
   * The recorded frames of a device behind a place, in order; `undefined` without a recording of it.
   *
   * @param limits `maxBytes`: without a place, the newest part that has no more bytes of frames. `since`: without a place, what is
   * no older. `present`: the present run, which follows all others. `compress`: larger parts are
   * compressed, and many samples are in columns, in the process that reads them. `columnsFrom`: from this place on it has
   * columns only, up to the first other part.
   */
  behind(
    device: string,
    after: PastPlace | undefined,
    limits: Omit<BacklogRequest, "device" | "root" | "folders" | "after">,
  ): AsyncIterable<RecordedPart> | undefined {
    const { folder: root, all } = this.#recordings;
    const folders = all.filter(({ deviceIds }) => deviceIds.includes(device)).map(({ folder }) => folder);
    if (folders.length === 0) return undefined;
    return this.#start({ ...limits, device, root, folders, after });
  }

  /**
   * Starts the reading processes, because readers are likely to come soon. They end a while after the last call, or the
   * last reader.
   */
  prepare(): void {
    this.#start.prepare?.(this.#recordings.folder);
  }

  /** True while a recording has yet to store something of a log. */
  isStoring(log: StreamLog): boolean {
    return this.#recordings.storedOf(log).some(({ next }) => next < log.sequence);
  }
}
