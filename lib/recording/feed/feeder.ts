import { getLogger } from "@logtape/logtape";
import { delay } from "../../async/mod.ts";
import { messageOf } from "../../errors.ts";
import type { OpenedFeed, RecorderReport, StoredFeed } from "../protocol/messages.ts";
import type { DeviceFeed } from "./device_feed.ts";
import { FeedTable, WRITE_BYTES } from "./feed_table.ts";
import { recorderRequestPacket } from "./packets.ts";
import type { RecorderLink, StartRecorder } from "./recorder_link.ts";
import { SendTimer } from "./send_timer.ts";

const logger = getLogger(["labdaemon", "recording"]);

/** The time for which small entries are gathered, and without a ring all: fewer, larger writes cost the daemon less. */
export const GATHER_MS = 40;

/** The time before a recorder is started again: it doubles up to the maximum while no recorder stores anything. */
const MIN_RESTART_MS = 250;
const MAX_RESTART_MS = 10_000;

/** Called with the reports of the recorder. */
export interface FeederEvents {
  opened(feed: DeviceFeed, found: OpenedFeed): void;
  stored(feed: DeviceFeed, part: StoredFeed): void;
  /** Called with any other report: broken segments, the state of the disk, a pause. */
  report(report: RecorderReport): void;
}

/** Feeds the recorder, and starts it again when it has ended. Nothing in the daemon waits for the recorder. */
export class Feeder {
  readonly #start: StartRecorder;
  readonly #events: FeederEvents;
  readonly #feeds = new FeedTable((feed, isLarge) => this.#arrived(feed, isLarge));
  readonly #closing = new AbortController();
  #link: RecorderLink | undefined;
  #isPaused = false;
  /** True once the present recorder has stored something. */
  #hasStored = false;
  #running: Promise<void> | undefined;
  #requests: Uint8Array[] = [];
  readonly #timer = new SendTimer(() => this.#send());
  /** The write that is not done; it never rejects. */
  #writing: Promise<void> | undefined;
  /** True if there was more to send meanwhile. */
  #isDue = false;

  constructor(start: StartRecorder, events: FeederEvents) {
    this.#start = start;
    this.#events = events;
  }

  /** The id of the recorder's process; `undefined` while it does not run. */
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
    this.#sendLater(0);
  }

  /** A recording has ended: its files are closed. */
  endFolder(folder: string): void {
    this.#request(recorderRequestPacket({ op: "end", folder }));
  }

  /** The totals of what a recording's files have are counted again, and reported as `counted`. */
  count(folder: string): void {
    if (this.#link && !this.#isPaused) this.#request(recorderRequestPacket({ op: "count", folder }));
  }

  /** Ends the recorder when it has stored everything that it was sent. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#link?.close();
    await this.#running;
    for (const feed of [...this.#feeds]) feed.hasClosed();
  }

  #request(packet: Uint8Array): void {
    this.#requests.push(packet);
    this.#sendLater(0);
  }

  #remove(feed: DeviceFeed): void {
    this.#feeds.remove(feed);
    if (!this.#link || this.#isPaused) return;
    for (const it of this.#feeds) if (it.number === 0) this.#open(it);
  }

  #open(feed: DeviceFeed): void {
    const number = this.#feeds.number(feed);
    if (number !== undefined) this.#request(recorderRequestPacket(feed.openRequest(number)));
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

  /** Runs one recorder until its end. */
  async #runOnce(): Promise<void> {
    const link = this.#start();
    this.#link = link;
    this.#requests = [];
    this.#isPaused = false;
    for (const feed of this.#feeds) this.#open(feed);
    this.#sendLater(0);
    try {
      for await (const report of link.reports) this.#take(report);
    } finally {
      if (this.#link === link) this.#link = undefined;
      this.#timer.cancel();
      await link.close();
      await this.#writing;
    }
  }

  /** Sends new entries of a feed's log. Large ones are copied at once, while the processor's cache has them. */
  #arrived(feed: DeviceFeed, isLarge: boolean): void {
    const isCopied = isLarge && feed.isOpen && this.#requests.length === 0 && this.#link?.isDirect();
    if (isCopied && !this.#writing) this.#send([feed]);
    else this.#sendLater(GATHER_MS);
  }

  /** Sends the pending entries after a time. */
  #sendLater(ms: number): void {
    if (this.#link && !this.#closing.signal.aborted) this.#timer.sendAfter(ms);
  }

  /** Sends the pending entries of some feeds, by default of all. While a write runs, the next one waits for it. */
  #send(feeds?: readonly DeviceFeed[]): void {
    const link = this.#link;
    this.#isDue = this.#writing !== undefined;
    if (!link || this.#writing || this.#closing.signal.aborted) return;
    const parts = this.#requests;
    this.#requests = [];
    const bytes = this.#isPaused ? 0 : this.#feeds.take(parts, feeds);
    if (parts.length === 0) return;
    const hasMore = bytes >= WRITE_BYTES;
    try {
      if (link.writeNow(parts)) {
        if (hasMore) this.#sendLater(0);
        return;
      }
    } catch (error) {
      return logEnd(error);
    }
    this.#writing = link.write(parts).catch(logEnd).then(() => {
      this.#writing = undefined;
      if (this.#isDue || hasMore) this.#sendLater(0);
    });
  }

  #take(report: RecorderReport): void {
    if (report.report === "opened") {
      const feed = this.#feeds.get(report.feed);
      if (!feed) return;
      this.#events.opened(feed, report);
      feed.opened(report);
      this.#sendLater(0);
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

/** Logs the end of a recorder. Its reports end, too. */
function logEnd(error: unknown): void {
  logger.debug("The recorder takes nothing more: {error}", { error: messageOf(error) });
}
