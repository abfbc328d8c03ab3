import type { StreamLog } from "../../stream/stream_log.ts";
import type { Recordings } from "../recordings.ts";
import { backlogProcess, type StartBacklog } from "./backlog_process.ts";
import type { BacklogPart, PastPlace } from "./backlog_request.ts";

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
   * @param maxBytes Without a place: the newest part that has no more bytes of frames.
   */
  behind(
    device: string,
    after: PastPlace | undefined,
    { partBytes, maxBytes }: { partBytes: number; maxBytes?: number },
  ): AsyncIterable<BacklogPart> | undefined {
    const { folder: root, all } = this.#recordings;
    const folders = all.filter(({ deviceIds }) => deviceIds.includes(device)).map(({ folder }) => folder);
    return folders.length === 0 ? undefined : this.#start({ device, root, folders, after, partBytes, maxBytes });
  }

  /** True while a recording has yet to store something of a log. */
  isStoring(log: StreamLog): boolean {
    return this.#recordings.storedOf(log).some(({ next }) => next < log.sequence);
  }
}
