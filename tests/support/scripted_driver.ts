import { z } from "zod";
import { type CallContext, defineDriver, type Driver } from "../../lib/driver/mod.ts";

/** The reaction of the instrument to its next call. By default the call succeeds at once. Methods can report progress. */
export type Step = (signal: AbortSignal, progress: CallContext["progress"]) => unknown;

/** Never answers; rejects when its signal aborts. */
export const hang = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

/** Never answers, and ignores its signal. */
export const ignore: Step = () => new Promise(() => {});

/** Fails. */
export const fail = (message: string, name = "Error"): Step => () => {
  throw Object.assign(new Error(message), { name });
};

/** Does not answer before the test lets it. */
export function held() {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  return { step: () => promise, release: resolve, fail: reject };
}

/**
 * A driver whose instrument the test plays: `instrument.next("connect", fail("no cable"))` scripts the next connect,
 * `push` gives a sample, `drop` breaks the line, `finish` ends the stream.
 */
export class ScriptedInstrument {
  /** Everything that the host has called, in order; a method and a stream also when they are over. */
  readonly calls: string[] = [];
  /** The options of each run. */
  readonly runs: Record<string, unknown>[] = [];
  readonly driver: Driver;
  /** The value of its property. */
  level = 0;
  readonly #steps = new Map<string, Step[]>();
  #waiting: (() => { value?: unknown; error?: unknown; done?: boolean })[] = [];
  #wake = () => {};

  /** @param options `safe`: the driver has a safe function. */
  constructor({ streams = true, safe = false } = {}) {
    this.driver = defineDriver({
      name: "Scripted",
      params: z.object({ port: z.string().default("A") }),
      options: z.object({ sample_rate: z.number().positive().default(10), channel: z.string().default("x") }),
      create: () => {
        this.calls.push("create");
        this.#now("create", AbortSignal.abort());
        return {
          connect: async (signal) => void await this.#play("connect", signal),
          disconnect: async () => void await this.#play("disconnect", AbortSignal.abort()),
          ...(safe && { safe: async (reason: string, signal: AbortSignal) => void await this.#safe(reason, signal) }),
          ...(streams && {
            stream: (signal: AbortSignal, options: Record<string, unknown>) => this.#stream(signal, options),
          }),
        };
      },
      methods: {
        work: {
          input: z.object({ name: z.string().default("") }),
          run: (_, { name }, context) => this.#work(name, context),
        },
      },
      properties: {
        level: {
          summary: "How full",
          schema: z.number().min(0).max(10).meta({ unit: "V" }),
          get: async (_, { signal }) => await this.#play("get", signal) as number | undefined ?? this.level,
          set: async (_, level, { signal }) => {
            await this.#play("set", signal);
            this.level = level;
          },
        },
        reading: { schema: z.number(), get: () => 7 },
      },
    });
  }

  /** Scripts the next call of a function, behind those that are scripted already. */
  next(name: "create" | "connect" | "disconnect" | "safe" | "stream" | "work" | "get" | "set", ...steps: Step[]): this {
    this.#steps.set(name, [...this.#steps.get(name) ?? [], ...steps]);
    return this;
  }

  /** Gives samples to the running stream, or the next one. */
  push(...samples: unknown[]): void {
    for (const value of samples) this.#waiting.push(() => ({ value }));
    this.#wake();
  }

  /** The line breaks. */
  drop(message: string): void {
    this.#waiting.push(() => ({ error: new Error(message) }));
    this.#wake();
  }

  /** The instrument has no more. */
  finish(): void {
    this.#waiting.push(() => ({ done: true }));
    this.#wake();
  }

  /** The number of calls of a function. */
  count(call: string): number {
    return this.calls.filter((it) => it === call).length;
  }

  #now(name: string, signal: AbortSignal, progress: CallContext["progress"] = () => {}): unknown {
    return this.#steps.get(name)?.shift()?.(signal, progress);
  }

  async #safe(reason: string, signal: AbortSignal): Promise<void> {
    this.calls.push(`safe: ${reason}`);
    await this.#now("safe", signal);
  }

  async #play(name: string, signal: AbortSignal): Promise<unknown> {
    this.calls.push(name);
    return await this.#now(name, signal);
  }

  async #work(name: string, { signal, progress }: CallContext): Promise<unknown> {
    this.calls.push(`work ${name}`);
    try {
      return await this.#now("work", signal, progress) ?? name;
    } finally {
      this.calls.push(`worked ${name}`);
    }
  }

  async *#stream(signal: AbortSignal, options: Record<string, unknown>) {
    this.calls.push("stream");
    this.runs.push(options);
    const wake = () => this.#wake();
    signal.addEventListener("abort", wake);
    try {
      await this.#now("stream", signal);
      while (!signal.aborted) {
        const event = this.#waiting.shift()?.();
        if (!event) await new Promise<void>((resolve) => this.#wake = resolve);
        else if (event.error) throw event.error;
        else if (event.done) return;
        else yield event.value;
      }
    } finally {
      signal.removeEventListener("abort", wake);
      this.calls.push("streamed");
    }
  }
}
