import { signal } from "@preact/signals";
import type { StreamEvent } from "../../lib/client/mod.ts";

/** The devices whose plots have an open stream now. Changes at each opening, too. */
export const plotted = signal<readonly string[]>([]);

const listeners = new Set<(event: StreamEvent) => void>();

/** Gives each event of the plots' stream to `listener` until the returned function is called. */
export function listenToPlots(listener: (event: StreamEvent) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Passes an event of the plots' stream on to other views, which then need no stream of their own. */
export function share(event: StreamEvent): void {
  for (const listener of listeners) listener(event);
}
