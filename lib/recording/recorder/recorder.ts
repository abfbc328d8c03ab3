import { messageOf } from "../../errors.ts";
import type { Packet } from "../../host/protocol/framing.ts";
import { ENTRY_PACKET, readEntry, type RecorderReport, type RecorderRequest } from "../protocol/messages.ts";
import type { BlockLimits } from "./compactor.ts";
import { joined, type RecorderFeed } from "./feed.ts";
import { PendingRow } from "./pending_row.ts";
import { RecordingFolder } from "./recording_folder.ts";

/** The frames of a row: a larger one is finished before its time. */
const MAX_ROW_BYTES = 4 * 1024 * 1024;

/** A transaction that is larger is ended before its time. */
const MAX_TRANSACTION_BYTES = 16 * 1024 * 1024;

const decoder = new TextDecoder();

/** The options of {@linkcode Recorder}. */
export interface RecorderOptions {
  /** When rows become a block. */
  blocks?: Partial<BlockLimits>;
  /** The least time between two reports of what is stored. */
  reportMs?: number;
}

/**
 * Stores its input: the rows of all feeds in one transaction for each recording, then reports the stored places. When
 * the disk fails, it drops the rest and closes every feed; the daemon opens the feeds again behind the stored data.
 */
export class Recorder {
  readonly #report: (report: RecorderReport) => void;
  readonly #options: RecorderOptions;
  readonly #feeds = new Map<number, RecorderFeed>();
  readonly #folders = new Map<string, RecordingFolder>();
  /** The folders of recordings that have ended, until their files are closed. */
  readonly #ended = new Set<string>();
  #isPaused = false;
  #pendingBytes = 0;
  #reportedMs = -Infinity;

  constructor(report: (report: RecorderReport) => void, options: RecorderOptions = {}) {
    this.#report = report;
    this.#options = options;
  }

  /** True while nothing can be stored. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** True if something waits for {@linkcode commit}. */
  get isDirty(): boolean {
    return this.#pendingBytes > 0 || this.#folders.values().some(({ isDirty }) => isDirty);
  }

  /** True if something is stored that a later {@linkcode commit} reports. */
  get isReportDue(): boolean {
    return this.#feeds.values().some(({ stored }) => stored);
  }

  /** True if there is something for {@linkcode compact}. */
  get isCompactable(): boolean {
    return this.#ended.size > 0 || this.#folders.values().some(({ isCompactable }) => isCompactable);
  }

  take({ kind, seat, content }: Pick<Packet, "kind" | "seat" | "content">): void {
    if (this.#isPaused) return;
    try {
      if (kind === ENTRY_PACKET) this.#takeEntry(seat, content);
      else this.#takeRequest(JSON.parse(decoder.decode(content)));
      if (this.#pendingBytes > MAX_TRANSACTION_BYTES) this.commit();
    } catch (error) {
      this.pause(messageOf(error));
    }
  }

  /** Stores all that has come so far, and reports it, unless it has reported something a short time ago. */
  commit(): void {
    try {
      for (const [number, feed] of this.#feeds) this.#finishRow(number, feed);
      for (const folder of this.#folders.values()) folder.commit();
      this.#pendingBytes = 0;
      for (const feed of this.#feeds.values()) {
        if (feed.written) feed.stored = joined(feed.stored, feed.written);
        feed.written = undefined;
      }
      const { reportMs = 0 } = this.#options;
      if (performance.now() - this.#reportedMs >= reportMs) this.#reportStored();
    } catch (error) {
      this.pause(messageOf(error));
    }
  }

  /** Puts old rows into columns. They are stored with the next {@linkcode commit}. @param isOver True when it has to end. */
  compact(isOver: () => boolean): void {
    try {
      for (const folder of this.#folders.values()) folder.compact(isOver);
      for (const path of this.#ended) if (!this.#folders.get(path)?.isEnding) this.#hasEnded(path);
    } catch (error) {
      this.pause(messageOf(error));
    }
  }

  /** Closes every feed and drops the rows that are not stored, because nothing can be stored now. */
  pause(reason: string): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    this.#reportStored();
    this.#feeds.clear();
    this.#closeFolders();
    this.#report({ report: "paused", reason });
  }

  /** Feeds may be opened again. */
  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#report({ report: "resumed" });
  }

  /** Stores the rest, and closes all files. */
  close(): void {
    if (!this.#isPaused) this.#commitAndReport();
    try {
      for (const folder of this.#folders.values()) folder.end();
      for (const path of this.#ended) this.#hasEnded(path);
    } catch {
      // What was committed is stored; the rest of it is as it was.
    }
    this.#closeFolders();
  }

  #commitAndReport(): void {
    this.commit();
    this.#reportStored();
  }

  #reportStored(): void {
    const feeds = [...this.#feeds.values()].flatMap(({ stored }) => stored ? [stored] : []);
    for (const feed of this.#feeds.values()) feed.stored = undefined;
    if (feeds.length === 0) return;
    this.#reportedMs = performance.now();
    this.#report({ report: "stored", feeds });
  }

  #closeFolders(): void {
    this.#pendingBytes = 0;
    for (const folder of this.#folders.values()) folder.close();
    this.#folders.clear();
    this.#ended.clear();
  }

  #takeEntry(number: number, content: Uint8Array): void {
    const feed = this.#feeds.get(number);
    // Of a feed that was closed by a pause.
    if (!feed) return;
    const entry = readEntry(content);
    if (feed.row && PendingRow.isClockStep(entry)) this.#finishRow(number, feed);
    if (feed.row) feed.row.add(entry);
    else feed.row = new PendingRow(feed.source, entry);
    this.#pendingBytes += entry.frames.length;
    if (feed.row.bytes > MAX_ROW_BYTES) this.#finishRow(number, feed);
  }

  #finishRow(number: number, feed: RecorderFeed): void {
    if (!feed.row) return;
    const row = feed.row.finish();
    feed.row = undefined;
    const bytes = feed.folder.insert(row);
    const { entry, next, count: samples, lost } = row;
    feed.written = joined(feed.written, { feed: number, entry, next, samples, lost, bytes });
  }

  #takeRequest(request: RecorderRequest): void {
    if (request.op === "open") this.#open(request);
    else if (request.op === "close") {
      this.#commitAndReport();
      if (this.#isPaused) return;
      this.#feeds.delete(request.feed);
      this.#report({ report: "closed", feed: request.feed });
    } else if (request.op === "count") {
      this.#commitAndReport();
      const totals = this.#folders.get(request.folder)?.totals();
      if (totals) this.#report({ report: "counted", folder: request.folder, totals });
    } else this.#endFolder(request.folder);
  }

  /** Rows of other recordings do not wait for the end of this one. */
  #endFolder(path: string): void {
    this.#commitAndReport();
    this.#folders.get(path)?.beginEnd();
    this.#ended.add(path);
  }

  /** All files of a recording that has ended are closed. */
  #hasEnded(path: string): void {
    const folder = this.#folders.get(path);
    if (folder) this.#report({ report: "counted", folder: path, totals: folder.totals() });
    this.#folders.delete(path);
    this.#ended.delete(path);
  }

  #open({ feed, folder: path, source, limits }: Extract<RecorderRequest, { op: "open" }>): void {
    let folder = this.#folders.get(path);
    this.#ended.delete(path);
    if (!folder) {
      folder = new RecordingFolder(path, limits, this.#options.blocks);
      this.#folders.set(path, folder);
      if (folder.broken.length > 0) this.#report({ report: "broken", folder: path, segments: folder.broken });
    }
    this.#feeds.set(feed, { folder, source, row: undefined, written: undefined, stored: undefined });
    this.#report({ report: "opened", feed, ...folder.find(source) });
  }
}
