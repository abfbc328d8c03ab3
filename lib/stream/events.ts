import type { StreamEvent } from "../wire/events.ts";
import { decodeFrames } from "./decode.ts";
import type { Reader } from "./reader.ts";

/**
 * The events of a reader, until the signal aborts. A consumer that is too slow for the ring gets a `gap`.
 */
export async function* events(reader: Reader, signal: AbortSignal): AsyncGenerator<StreamEvent, void, undefined> {
  let wake = () => {};
  const unsubscribe = reader.subscribe(() => wake());
  const onAbort = () => wake();
  signal.addEventListener("abort", onAbort);
  try {
    while (!signal.aborted) {
      const bytes = reader.take();
      if (!bytes) {
        await new Promise<void>((resolve) => wake = resolve);
        continue;
      }
      for (const event of decodeFrames(bytes)) {
        if (signal.aborted) return;
        yield event;
      }
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
    unsubscribe();
  }
}
