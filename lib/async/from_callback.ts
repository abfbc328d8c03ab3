/**
 * Stands for `count` values that are missing at this place. The host reports them to every reader as a gap.
 *
 * @example
 * ```ts
 * import { Lost } from "labdaemon/driver";
 *
 * // The samples of a card that says how many it has overwritten before the ones that it hands over.
 * function* samplesOf(card: { lost: number; values: number[] }): Generator<number | Lost> {
 *   if (card.lost > 0) yield new Lost(card.lost);
 *   yield* card.values;
 * }
 * const [first, second] = samplesOf({ lost: 3, values: [7] });
 * console.assert(first instanceof Lost && first.count === 3 && second === 7);
 * ```
 */
export class Lost {
  readonly count: number;

  constructor(count: number) {
    this.count = count;
    if (!(Number.isSafeInteger(count) && count > 0)) {
      throw new RangeError(`Cannot report ${count} lost values: the count must be a positive integer`);
    }
  }
}

/** Options of {@linkcode fromCallback}. */
export interface FromCallbackOptions<T = unknown> {
  /**
   * The number of values that wait when the consumer is slower than the source. Values beyond it are dropped and
   * counted.
   *
   * @default {10_000}
   */
  limit?: number;
  /**
   * The number of samples in a value, for the count of dropped ones: of a `block`, `(block) => block.length`.
   *
   * @default {() => 1}
   */
  size?: (value: T) => number;
}

/** Reports the failure of a source. */
export type Fail = (error: unknown) => void;

/**
 * Turns a source that pushes into values to iterate. `subscribe` starts the source and returns the function that stops
 * it, which is called once, however the iteration ends. `undefined` and `null` are ordinary values.
 *
 * When values had to be dropped, a {@linkcode Lost} with their number stands in their place.
 *
 * @example
 * ```ts
 * import { fromCallback } from "./from_callback.ts";
 *
 * const stop = new AbortController();
 * const source = fromCallback<number>((push) => {
 *   const timer = setInterval(() => push(1), 1);
 *   return () => clearInterval(timer);
 * }, stop.signal);
 * for await (const value of source) {
 *   console.assert(value === 1);
 *   stop.abort();
 * }
 * ```
 *
 * @throws the error that the source reports through its second argument, after the values before it.
 */
export async function* fromCallback<T>(
  subscribe: (push: (value: T) => void, fail: Fail) => () => void | Promise<void>,
  signal: AbortSignal,
  { limit = 10_000, size = () => 1 }: FromCallbackOptions<T> = {},
): AsyncGenerator<T | Lost, void, undefined> {
  let waiting: (T | Lost)[] = [];
  let dropped = 0;
  let failure: { error: unknown } | undefined;
  let wake = () => {};

  const unsubscribe = subscribe(
    (value) => {
      if (waiting.length >= limit) {
        dropped += size(value);
        return;
      }
      if (dropped) waiting.push(new Lost(dropped));
      dropped = 0;
      waiting.push(value);
      wake();
    },
    (error) => {
      failure ??= { error };
      wake();
    },
  );
  const onAbort = () => wake();
  signal.addEventListener("abort", onAbort);
  try {
    while (!signal.aborted) {
      const values = waiting;
      waiting = [];
      for (const value of values) {
        if (signal.aborted) return;
        yield value;
      }
      if (waiting.length) continue;
      if (dropped) {
        const lost = new Lost(dropped);
        dropped = 0;
        yield lost;
      } else if (failure) {
        throw failure.error;
      } else if (!signal.aborted) {
        await new Promise<void>((resolve) => wake = resolve);
      }
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
    await unsubscribe();
  }
}
