import { clock } from "../load/stamp.ts";

/** The command line of a baseline: rate, number of readers, payload. */
export interface SourceOptions {
  /** In Hz. */
  rate: number;
  /** The source begins when so many readers are connected: a server that is overloaded from the start would not accept them. */
  readers: number;
  /** A new sample: a random value, or the time. */
  sample: () => number;
}

/** A source that is further behind than this leaves samples out, so that a slow server can recover. */
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
export function whenAllConnected(readers: number, begin: () => void): () => void {
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

/** Prints the address, as the daemon does. */
export function announce(name: string): (address: { port: number }) => void {
  return ({ port }) => console.log(`${name} on http://127.0.0.1:${port}`);
}

export const EVENT_STREAM = { "Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache" };

/** A server of samples that writes encoded chunks to its readers itself. */
export interface ChunkServer {
  /** A reader that is so far behind loses chunks without notice. */
  maxBufferedBytes: number;
  /** Makes `count` samples from the number `first` on, and sends them in one or several chunks. */
  make(first: number, count: number, send: (chunk: Uint8Array) => void): void;
}

/** Serves the chunks on any path, from the time when all readers are connected. */
export function serveChunks(
  name: string,
  { rate, readers: count }: SourceOptions,
  { maxBufferedBytes, make }: ChunkServer,
): void {
  const readers = new Set<ReadableStreamDefaultController<Uint8Array>>();
  const send = (chunk: Uint8Array) => {
    for (const reader of readers) if (reader.desiredSize! > 0) reader.enqueue(chunk);
  };
  const connected = whenAllConnected(count, () => paced(rate, (first, due) => make(first, due, send)));
  Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: announce(name) }, () => {
    let own: ReadableStreamDefaultController<Uint8Array>;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        readers.add(own = controller);
        connected();
      },
      cancel: () => void readers.delete(own),
    }, new ByteLengthQueuingStrategy({ highWaterMark: maxBufferedBytes }));
    return new Response(body, { headers: EVENT_STREAM });
  });
}
