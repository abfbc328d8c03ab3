import { type Cursor, events, type StreamEvent } from "../stream/mod.ts";

/** What a local consumer is given: the sample as JSON carries it, and the event in which it came. */
export type Callback = (data: unknown, event: StreamEvent) => unknown;

/** What a collector reports besides samples. */
export interface CollectorReports {
  /** The callback threw. The next sample comes all the same. */
  failed(error: unknown): void;
  /** The callback was too slow: samples that it will not get. */
  lost(gap: StreamEvent): void;
}

/**
 * Gives a callback each sample behind a cursor, one after the other: the next when the promise it returned is settled. It
 * runs beside the device, never under its lock, so however long it takes, it blocks no command.
 *
 * @returns the function that ends it: from then on, the callback is not called any more.
 */
export function collect(cursor: Cursor, callback: Callback, { failed, lost }: CollectorReports): () => void {
  const stop = new AbortController();
  (async () => {
    for await (const event of events(cursor, stop.signal)) {
      if (event.event === "gap") lost(event);
      if (event.event !== "device_data") continue;
      try {
        await callback(event.payload, event);
      } catch (error) {
        failed(error);
      }
    }
  })().catch(failed);
  return () => stop.abort();
}
