import { createParser } from "eventsource-parser";
import { ok } from "node:assert/strict";
import type { EventFields } from "./event_fields.ts";

/** Real time, also while a test turns the clock by hand. */
const { setTimeout, clearTimeout } = globalThis;

/** Nothing that a test waits for takes so long; an event that never comes then says what came instead. */
const PATIENCE_MS = 20_000;

/** An event as it came over the wire: its data, and its id if it had one. */
export interface WireEvent extends EventFields {
  id?: string;
}

/**
 * Reads a response as a browser would, and only as far as the test asks: what it has not asked for waits in the body, as
 * for a reader that is slow.
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
      ok(parsed.event === event, `the event ${event} says in its data that it is ${parsed.event}`);
      this.events.push(id === undefined ? parsed : { ...parsed, id });
    },
    onComment: (comment) => this.comments.push(comment.trim()),
    onRetry: (retry) => this.retries.push(retry),
  });
  /** The place behind the last event that the test has asked for. */
  #seen = 0;
  #reading: Promise<boolean> | undefined;

  constructor(response: Response) {
    ok(response.body, `the answer ${response.status} has no body`);
    this.response = response;
    this.#body = response.body.getReader();
  }

  /** The next event, behind the last one asked for, that is so. */
  next(isIt: (event: WireEvent) => boolean = () => true): Promise<WireEvent> {
    return this.#patiently(async (more) => {
      for (;;) {
        while (this.#seen < this.events.length) {
          const event = this.events[this.#seen++];
          if (isIt(event)) return event;
        }
        ok(await more(), `the stream ended; what came: ${this.#story()}`);
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

  /** Reads until there is a further comment, and returns it. */
  comment(): Promise<string> {
    const { length } = this.comments;
    return this.#patiently(async (more) => {
      while (this.comments.length === length) ok(await more(), "the stream ended");
      return this.comments[length];
    });
  }

  /** Reads on until the stream ends. */
  end(): Promise<void> {
    return this.#patiently(async (more) => {
      while (await more());
    });
  }

  /** Lets go of the events that were asked for: nobody looks back at a long stream. */
  forget(): void {
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

  /** Leaves, as a page that is closed. */
  async leave(): Promise<void> {
    await this.#body.cancel().catch(() => {});
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.leave();
  }

  /** Takes one more chunk; false at the end. */
  #more(): Promise<boolean> {
    return this.#reading ??= this.#body.read().then(({ done, value }) => {
      if (!done) this.#parser.feed(this.#decoder.decode(value, { stream: true }));
      return !done;
    }).finally(() => this.#reading = undefined);
  }

  /** What is waited for must come in time: keep-alives alone do not count. */
  async #patiently<T>(wait: (more: () => Promise<boolean>) => Promise<T>): Promise<T> {
    let timer!: ReturnType<typeof setTimeout>;
    const impatience = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`it never came; what came: ${this.#story()}`)), PATIENCE_MS);
    });
    try {
      return await wait(() => Promise.race([this.#more(), impatience]));
    } finally {
      clearTimeout(timer);
    }
  }

  #story(): string {
    const names = this.events.map(({ event, state, sequence, reason }) => `${event} ${state ?? sequence ?? reason}`);
    return names.length > 20 ? `${names.slice(0, 20).join(", ")} and ${names.length - 20} more` : names.join(", ");
  }
}
