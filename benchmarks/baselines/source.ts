import { clock } from "../load/stamp.ts";

/** The command line of a baseline: rate, number of readers, payload. */
export interface SourceOptions {
  /** In Hz. */
  rate: number;
  /** It begins when so many readers are there: a server that is overloaded from the start would not let them in. */
  readers: number;
  /** A new sample: a random value, or the time. */
  sample: () => number;
}

/** A source that is further behind than this leaves samples out: else a slow server would never come back. */
const MAX_CATCH_UP_MS = 1_000;

/** Reads `<rate> <readers> <noise|clock>`. */
export function sourceOptions(): SourceOptions {
  const [rate, readers, payload] = Deno.args;
  return {
    rate: Number(rate),
    readers: Number(readers),
    sample: payload === "clock" ? clock : () => Math.random() * 10,
  };
}

/** Calls `begin` at the call that makes the count full. */
export function whenAllAreHere(readers: number, begin: () => void): () => void {
  let missing = readers;
  return () => {
    if (--missing === 0) begin();
  };
}

/**
 * Calls `make(first, count)` at each turn of the timers with how many samples are due, at a rate that does not drift:
 * each sample has a deadline, as in the drivers.
 */
export function paced(rate: number, make: (first: number, count: number) => void): void {
  let start = performance.now();
  let made = 0;
  const turn = () => {
    const now = performance.now();
    let due = Math.floor((now - start) * rate / 1000) + 1;
    const most = Math.ceil(rate * MAX_CATCH_UP_MS / 1000);
    if (due - made > most) {
      start += (due - made - most) * 1000 / rate;
      due = made + most;
    }
    if (due > made) make(made, due - made);
    made = Math.max(made, due);
    setTimeout(turn, Math.max(0, start + made * 1000 / rate - performance.now()));
  };
  turn();
}

/** Listens, and says where, as the daemon does. */
export function announce(name: string): (address: { port: number }) => void {
  return ({ port }) => console.log(`${name} on http://127.0.0.1:${port}`);
}

export const EVENT_STREAM = { "Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache" };
