import { getLogger } from "@logtape/logtape";
import { delay, keepTrying } from "../async/mod.ts";
import { messageOf } from "../errors.ts";
import { FRAME_HEADERS } from "./frame_message.ts";
import { type HubConnection, maxBodyBytes, requireStream } from "./hub_connection.ts";
import { auditSubject } from "./names.ts";
import { newestMessage } from "./stream_watch.ts";

/** The limit of the entries in one message. */
const MAX_BATCH_BYTES = 512 * 1024;

/** Without a known entry, the hub gets the newest entries: at most this many bytes. */
const MAX_FILL_BYTES = 16 * 1024 * 1024;

/** Entries are gathered for this time before they are sent. */
const PERIOD_MS = 100;

/** The pauses after a failure. */
const RETRY = { initialDelayMs: 200, maxDelayMs: 30_000 };

/** The last entry of a message: its place in the file, and its hash. */
const LAST_HEADERS = { at: "Lab-Last", hash: "Lab-Hash" } as const;

/** An entry, and its place in the file. */
export interface PlacedEntry {
  text: string;
  at: number;
}

/** The audit log of a bench, as it is published. */
export interface AuditSource {
  /** The whole entries from a place on, which is the beginning of one. */
  read(from: number, maxBytes: number): Promise<readonly PlacedEntry[]>;
  /** The place at which the newest entries begin that have at most `maxBytes` together. */
  newest(maxBytes: number): Promise<number>;
  /** The hash of an entry. */
  hashOf(entry: string): string | undefined;
  /** Calls `added` when there are more, until the returned function is called. */
  listen(added: () => void): () => void;
}

const logger = getLogger(["labdaemon", "hub"]);

const encoder = new TextEncoder();

/** The place behind an entry. */
function endOf({ at, text }: PlacedEntry): number {
  return at + encoder.encode(text).length + 1;
}

/** Publishes the audit log of a bench, each entry once and in order: the stream of the hub has the place. */
export class AuditPublisher {
  readonly #hub: HubConnection;
  readonly #bench: string;
  readonly #source: AuditSource;
  #wake = () => {};
  /** True if the file may have entries that were not read yet. */
  #hasMore = true;
  #isOutdated = false;
  #place = 0;
  /** The number of the newest message. */
  #lastSequence = 0;

  constructor(hub: HubConnection, bench: string, source: AuditSource) {
    this.#hub = hub;
    this.#bench = bench;
    this.#source = source;
  }

  /** Publishes until the signal aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const wake = () => {
      this.#hasMore = true;
      this.#wake();
    };
    const stopListening = this.#source.listen(wake);
    signal.addEventListener("abort", wake);
    await keepTrying(async (succeeded) => {
      await this.#findPlace();
      while (!signal.aborted && !this.#isOutdated) {
        await this.#publishNext(signal);
        succeeded();
      }
    }, {
      signal,
      backoff: RETRY,
      failed: (error) => logger.warn("The hub does not take the audit log: {error}", { error: messageOf(error) }),
    });
    stopListening();
  }

  /** Reads the place at the hub again, because the hub may have lost entries. */
  lookAgain(): void {
    this.#isOutdated = this.#hasMore = true;
    this.#wake();
  }

  async #publishNext(signal: AbortSignal): Promise<void> {
    if (!this.#hasMore) await new Promise<void>((resolve) => this.#wake = resolve);
    this.#hasMore = false;
    if (this.#isOutdated) return;
    await delay(PERIOD_MS, { signal }).catch(() => {});
    for (;;) {
      const entries = await this.#source.read(this.#place, MAX_BATCH_BYTES);
      if (entries.length === 0) return;
      await this.#publish(this.#fitting(entries));
    }
  }

  /** The first of some entries, as many as the server takes in a message: one at least. */
  #fitting(entries: readonly PlacedEntry[]): readonly PlacedEntry[] {
    const end = entries[0].at + maxBodyBytes(this.#hub);
    let count = entries.length;
    while (count > 1 && endOf(entries[count - 1]) > end) count--;
    return entries.slice(0, count);
  }

  async #publish(entries: readonly PlacedEntry[]): Promise<void> {
    const last = entries[entries.length - 1];
    const { at, text } = last;
    const next = endOf(last);
    const hash = this.#source.hashOf(text) ?? "";
    const headers = this.#hub.headers();
    const values = {
      ...{ [FRAME_HEADERS.first]: this.#place, [FRAME_HEADERS.next]: next, [FRAME_HEADERS.count]: entries.length },
      ...{ [FRAME_HEADERS.encoding]: "jsonl", [LAST_HEADERS.at]: at, [LAST_HEADERS.hash]: hash },
    };
    for (const [name, value] of Object.entries(values)) headers.set(name, String(value));
    const { seq } = await this.#hub.js.publish(
      auditSubject(this.#bench),
      encoder.encode(entries.map(({ text }) => `${text}\n`).join("")),
      { headers, expect: { lastSubjectSequence: this.#lastSequence } },
    );
    this.#lastSequence = seq;
    this.#place = next;
  }

  /** Continues behind the hub's newest entry, if the file has that entry. */
  async #findPlace(): Promise<void> {
    this.#isOutdated = false;
    this.#hasMore = true;
    const { manager } = this.#hub;
    const last = await newestMessage(manager, await requireStream(manager, this.#bench), auditSubject(this.#bench));
    this.#lastSequence = last?.seq ?? 0;
    const [entry] = last ? await this.#source.read(Number(last.header.get(LAST_HEADERS.at)), MAX_BATCH_BYTES) : [];
    const isThere = entry !== undefined && this.#source.hashOf(entry.text) === last!.header.get(LAST_HEADERS.hash);
    this.#place = isThere ? Number(last!.header.get(FRAME_HEADERS.next)) : await this.#source.newest(MAX_FILL_BYTES);
  }
}
