import type { Cursor } from "./cursor.ts";
import { decodeFrames, type StreamEvent } from "./decode.ts";

/**
 * The events behind a cursor, as values, until the signal aborts. A slow consumer is treated as any slow reader: when the
 * ring overtakes it, it gets a `gap`.
 */
export async function* events(cursor: Cursor, signal: AbortSignal): AsyncGenerator<StreamEvent, void, undefined> {
  let wake = () => {};
  const unsubscribe = cursor.subscribe(() => wake());
  const onAbort = () => wake();
  signal.addEventListener("abort", onAbort);
  try {
    while (!signal.aborted) {
      const bytes = cursor.take();
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
