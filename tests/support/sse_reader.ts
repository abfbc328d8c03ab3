import { createParser } from "eventsource-parser";
import { ok } from "node:assert/strict";
import type { EventFields } from "./event_fields.ts";
import { within } from "./until.ts";

/** An event from the wire: its data, and its id if it has one. */
export interface WireEvent extends EventFields {
  id?: string;
}

/**
 * Reads a response as a browser would, and only as far as the test asks. The rest stays in the body, as for a slow reader.
 */
export class SSEReader implements AsyncDisposable {
  readonly response: Response;
  /** Every event so far. */
  readonly events: WireEvent[] = [];
  /** Every comment so far. */
  readonly comments: string[] = [];
  /** Every `retry:` so far. */
  readonly retries: number[] = [];
  readonly #body: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  readonly #parser = createParser({
    onEvent: ({ id, event, data }) => {
      const parsed: EventFields = JSON.parse(data);
      ok(parsed.event === event, `the event ${event} is in its data ${parsed.event}`);
      this.events.push(id === undefined ? parsed : { ...parsed, id });
    },
    onComment: (comment) => this.comments.push(comment.trim()),
    onRetry: (retry) => this.retries.push(retry),
  });
  /** The index after the last event that the test has read. */
  #seen = 0;
  #reading: Promise<boolean> | undefined;

  constructor(response: Response) {
    ok(response.body, `the answer ${response.status} has no body`);
    this.response = response;
    this.#body = response.body.getReader();
  }

  /** The next event that satisfies a predicate. */
  next(matches: (event: WireEvent) => boolean = () => true): Promise<WireEvent> {
    return this.#limited(async () => {
      for (;;) {
        while (this.#seen < this.events.length) {
          const event = this.events[this.#seen++];
          if (matches(event)) return event;
        }
        ok(await this.#more(), `the stream ended; received: ${this.#summary()}`);
      }
    });
  }

  /** The next change to this state. */
  state(name: string): Promise<WireEvent> {
    return this.next(({ event, state }) => event === "device_state" && state === name);
  }

  /** The next sample. */
  sample(): Promise<WireEvent> {
    return this.next(({ event }) => event === "device_data");
  }

  /** The next gap. */
  gap(): Promise<WireEvent> {
    return this.next(({ event }) => event === "gap");
  }

  /** The next comment. */
  comment(): Promise<string> {
    const { length } = this.comments;
    return this.#limited(async () => {
      while (this.comments.length === length) ok(await this.#more(), "the stream ended");
      return this.comments[length];
    });
  }

  /** Reads until the stream ends. */
  end(): Promise<void> {
    return this.#limited(async () => {
      while (await this.#more());
    });
  }

  /** Drops the events that were read, so that a long stream does not fill the memory. */
  clear(): void {
    this.events.splice(0, this.#seen);
    this.#seen = 0;
  }

  /** The payloads of all samples so far. */
  get payloads(): unknown[] {
    return this.events.filter(({ event }) => event === "device_data").map(({ payload }) => payload);
  }

  /** The numbers of all samples so far. */
  get sequences(): number[] {
    return this.events.filter(({ event }) => event === "device_data").map(({ sequence }) => sequence!);
  }

  /** Cancels the stream, as a page that is closed. */
  async leave(): Promise<void> {
    await this.#body.cancel().catch(() => {});
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.leave();
  }

  /** Reads one more chunk; false at the end. */
  #more(): Promise<boolean> {
    return this.#reading ??= this.#body.read().then(({ done, value }) => {
      if (!done) this.#parser.feed(this.#decoder.decode(value, { stream: true }));
      return !done;
    }).finally(() => this.#reading = undefined);
  }

  /** Bounds a wait, whatever keep-alives arrive. */
  #limited<T>(wait: () => Promise<T>): Promise<T> {
    return within(wait(), () => `the event never came; received: ${this.#summary()}`);
  }

  #summary(): string {
    const names = this.events.map(({ event, state, sequence, reason }) => `${event} ${state ?? sequence ?? reason}`);
    return names.length > 20 ? `${names.slice(0, 20).join(", ")} and ${names.length - 20} more` : names.join(", ");
  }
}
