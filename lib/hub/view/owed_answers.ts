import type { Msg } from "@nats-io/transport-node";
import { away } from "./bench_answer.ts";
import type { KnownBench } from "./known_bench.ts";
import type { LiveStream } from "./live_stream.ts";

/** The interval at which benches with outstanding answers are checked. */
const LOOK_MS = 1_000;

/** The time in which a bench that owes an answer gives a sign of life. */
export const SIGN_MS = 1_000;

/** After this many missing signs in a row a bench is away. One that was cut off for a moment still answers. */
const MAX_MISSED = 3;

/** A request or a stream that a bench owes. */
interface Owed {
  bench: KnownBench;
  /** The run of the bench's daemon that owes it. */
  epoch: string | undefined;
  isStream: boolean;
  /** The signs of life that are missing since the last one. */
  missed: number;
  fail(error: Error): void;
}

/** The answers and streams that benches owe to a view. They fail when their bench goes away. */
export class OwedAnswers {
  readonly #owed = new Set<Owed>();
  readonly #asked = new Set<KnownBench>();
  readonly #timer = setInterval(() => this.#look(), LOOK_MS);
  readonly #sign: (bench: KnownBench) => Promise<unknown>;

  /**
   * @param sign Asks a bench for a sign of life. Rejects if none comes within {@linkcode SIGN_MS}. The "no responders"
   * answer of NATS is not enough: it does not reach a requester in another account.
   */
  constructor(sign: (bench: KnownBench) => Promise<unknown>) {
    this.#sign = sign;
  }

  /** The answer of a bench; rejects when the bench goes away, or on {@linkcode fail}. */
  async answer(bench: KnownBench, asked: Promise<Msg>): Promise<Msg> {
    const lost = Promise.withResolvers<never>();
    const leave = this.#add(bench, { isStream: false, fail: lost.reject });
    try {
      return await Promise.race([asked, lost.promise]);
    } finally {
      leave();
      asked.catch(() => {});
    }
  }

  /** Fails a stream when its bench goes away. */
  follow(bench: KnownBench, stream: LiveStream): void {
    stream.over.then(this.#add(bench, { isStream: true, fail: (error) => stream.fail(error) }));
  }

  /** Fails all of them. */
  fail(errorOf: (bench: KnownBench) => Error): void {
    for (const { bench, fail } of this.#owed) fail(errorOf(bench));
  }

  /** Looks no more. */
  close(): void {
    clearInterval(this.#timer);
  }

  #add(bench: KnownBench, about: Pick<Owed, "isStream" | "fail">): () => void {
    const owed = { bench, epoch: bench.about?.epoch, missed: 0, ...about };
    this.#owed.add(owed);
    return () => this.#owed.delete(owed);
  }

  #look(): void {
    for (const { bench, epoch, isStream, fail } of this.#owed) {
      if (!bench.isThere || bench.about?.epoch !== epoch) {
        fail(away(bench, "it went away before its answer; whether the request was done is not known"));
      } else if (!isStream) this.#askForSign(bench);
    }
  }

  /** An answer may take an hour, so the bench is asked. A stream needs no question: it sends empty messages. */
  async #askForSign(bench: KnownBench): Promise<void> {
    if (this.#asked.has(bench)) return;
    this.#asked.add(bench);
    const owed = [...this.#owed].filter((it) => it.bench === bench);
    const isMissing = await this.#sign(bench).then(() => false, () => true);
    for (const it of owed) it.missed = isMissing ? it.missed + 1 : 0;
    if (owed.some(({ missed }) => missed === MAX_MISSED)) bench.gone();
    this.#asked.delete(bench);
  }
}
