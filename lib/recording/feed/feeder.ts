import { getLogger } from "@logtape/logtape";
import { delay, Notifier } from "../../async/mod.ts";
import { messageOf } from "../../errors.ts";
import type { OpenedFeed, RecorderReport, StoredFeed } from "../protocol/messages.ts";
import type { DeviceFeed } from "./device_feed.ts";
import { FeedTable, WRITE_BYTES } from "./feed_table.ts";
import { requestPacket } from "./packets.ts";
import type { RecorderLink, StartRecorder } from "./recorder_link.ts";

const logger = getLogger(["labdaemon", "recording"]);

/** The time for which a feed gathers what is small, and all that goes through a pipe: fewer, larger writes cost the daemon less. */
const GATHER_MS = 30;

/** A recorder that ended is replaced after the first of these; while none stores anything, the time doubles up to the second. */
const MIN_RESTART_MS = 250;
const MAX_RESTART_MS = 10_000;

/** Called with what the recorder reports. */
export interface FeederEvents {
  opened(feed: DeviceFeed, found: OpenedFeed): void;
  stored(feed: DeviceFeed, part: StoredFeed): void;
  /** Of anything else: broken segments, the state of the disk, a pause. */
  report(report: RecorderReport): void;
}

/** Feeds the recorder, and starts it again when it has ended. Nothing in the daemon waits for it. */
export class Feeder {
  readonly #start: StartRecorder;
  readonly #events: FeederEvents;
  readonly #changes = new Notifier();
  readonly #feeds = new FeedTable(this.#changes);
  readonly #closing = new AbortController();
  #link: RecorderLink | undefined;
  #isPaused = false;
  /** True once the present recorder has stored something. */
  #hasStored = false;
  #running: Promise<void> | undefined;
  #requests: Uint8Array[] = [];

  constructor(start: StartRecorder, events: FeederEvents) {
    this.#start = start;
    this.#events = events;
  }

  /** The id of the recorder's process; `undefined` while there is none. */
  get pid(): number | undefined {
    return this.#link?.pid;
  }

  /** Begins a feed. Starts the recorder, if it does not run. */
  add(feed: DeviceFeed): void {
    this.#feeds.add(feed);
    feed.closed.then(() => this.#remove(feed));
    this.#running ??= this.#run();
    if (this.#link && !this.#isPaused) this.#open(feed);
  }

  /** There is something to send that no log has announced. */
  wake(): void {
    this.#changes.notify();
  }

  /** A recording has ended: its files are closed. */
  endFolder(folder: string): void {
    this.#request(requestPacket({ op: "end", folder }));
  }

  /** The totals of what a recording's files have are counted again, and reported as `counted`. */
  count(folder: string): void {
    if (this.#link && !this.#isPaused) this.#request(requestPacket({ op: "count", folder }));
  }

  /** Ends the recorder when it has stored what it was sent. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#changes.notify();
    await this.#link?.close();
    await this.#running;
    for (const feed of [...this.#feeds]) feed.hasClosed();
  }

  #request(packet: Uint8Array): void {
    this.#requests.push(packet);
    this.#changes.notify();
  }

  #remove(feed: DeviceFeed): void {
    this.#feeds.remove(feed);
    if (!this.#link || this.#isPaused) return;
    for (const it of this.#feeds) if (it.number === 0) this.#open(it);
  }

  #open(feed: DeviceFeed): void {
    const number = this.#feeds.number(feed);
    if (number !== undefined) this.#request(requestPacket(feed.openRequest(number)));
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    let wait = MIN_RESTART_MS;
    while (!signal.aborted) {
      this.#hasStored = false;
      const reason = await this.#runOnce().then(() => "it has ended", messageOf);
      this.#link = undefined;
      this.#suspend(`the recorder was started again: ${reason}`);
      if (signal.aborted) return;
      wait = this.#hasStored ? MIN_RESTART_MS : Math.min(wait * 2, MAX_RESTART_MS);
      logger.error("The recorder is started again in {wait} ms: {reason}", { wait, reason });
      await delay(wait, { signal }).catch(() => {});
    }
  }

  /** Runs one recorder until it has ended. */
  async #runOnce(): Promise<void> {
    const link = this.#start();
    this.#link = link;
    this.#requests = [];
    this.#isPaused = false;
    for (const feed of this.#feeds) this.#open(feed);
    const pumping = this.#pump(link);
    try {
      for await (const report of link.reports) this.#take(report);
    } finally {
      if (this.#link === link) this.#link = undefined;
      this.#changes.notify();
      await link.close();
      await pumping;
    }
  }

  async #pump(link: RecorderLink): Promise<void> {
    try {
      while (this.#link === link && !this.#closing.signal.aborted) {
        const change = this.#changes.next();
        const parts: Uint8Array[] = [];
        const bytes = this.#gather(parts);
        if (parts.length > 0) await link.write(parts);
        if (bytes >= WRITE_BYTES) continue;
        if (parts.length === 0) await change;
        if (this.#feeds.hasLarge && link.isDirect()) continue;
        await delay(GATHER_MS, { signal: this.#closing.signal }).catch(() => {});
      }
    } catch (error) {
      // It is gone: its reports end, too.
      logger.debug("The recorder takes nothing more: {error}", { error: messageOf(error) });
    }
  }

  /** Adds what there is to send. Returns its bytes. */
  #gather(parts: Uint8Array[]): number {
    parts.push(...this.#requests);
    this.#requests = [];
    if (this.#isPaused) return 0;
    return this.#feeds.take(parts);
  }

  #take(report: RecorderReport): void {
    if (report.report === "opened") {
      const feed = this.#feeds.get(report.feed);
      if (!feed) return;
      this.#events.opened(feed, report);
      feed.opened(report);
      this.#changes.notify();
    } else if (report.report === "stored") {
      this.#hasStored = true;
      for (const part of report.feeds) {
        const feed = this.#feeds.get(part.feed);
        if (feed) this.#events.stored(feed, part);
      }
    } else if (report.report === "closed") this.#feeds.get(report.feed)?.hasClosed();
    else {
      if (report.report === "paused") this.#pause(report.reason);
      else if (report.report === "resumed") this.#resume();
      this.#events.report(report);
    }
  }

  #pause(reason: string): void {
    this.#isPaused = true;
    this.#requests = [];
    this.#suspend(reason);
  }

  #resume(): void {
    this.#isPaused = false;
    for (const feed of this.#feeds) this.#open(feed);
  }

  #suspend(reason: string): void {
    for (const feed of this.#feeds) feed.suspend(reason);
  }
}
