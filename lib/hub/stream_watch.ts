import type { JetStreamManager, StoredMsg, StreamInfo } from "@nats-io/jetstream";
import { delay } from "../async/mod.ts";
import { codeOf, type HubConnection, STREAM_NOT_FOUND } from "./hub_connection.ts";
import { streamName } from "./names.ts";

/** The time between two looks at the stream of a bench. */
const LOOK_MS = 5_000;

/** A stream with more than this part of a limit drops its oldest messages, and one of more than this part of its age. */
const FULL = 0.9;

/**
 * True if a stream may have dropped a message by its limits, whoever set them; otherwise the stream was purged.
 *
 * @param ageMs The age of the message.
 */
export function mayHaveDropped({ config, state }: Pick<StreamInfo, "config" | "state">, ageMs: number): boolean {
  const { max_bytes, max_msgs, max_age } = config;
  return max_bytes > 0 && state.bytes > FULL * max_bytes || max_msgs > 0 && state.messages > FULL * max_msgs ||
    // In nanoseconds.
    max_age > 0 && ageMs > FULL * max_age / 1e6;
}

/**
 * The newest message of a subject of a stream; `null` if there is none.
 *
 * An empty stream is not asked: the server may still be making it for another connection, and nats-server 2.9 then
 * crashes at a request for a message.
 */
export async function newestMessage(
  { streams }: Pick<JetStreamManager, "streams">,
  { config: { name }, state }: Pick<StreamInfo, "config" | "state">,
  subject: string,
): Promise<StoredMsg | null> {
  return state.messages === 0 ? null : await streams.getMessage(name, { last_by_subj: subject });
}

/**
 * Calls `lost` when the stream of a bench is a different one, is gone, or has lost all of its messages, until the
 * signal aborts. Never rejects.
 */
export async function watchStream(
  { manager }: Pick<HubConnection, "manager">,
  bench: string,
  lost: () => void,
  signal: AbortSignal,
): Promise<void> {
  let known: { created: string; messages: number; last: number } | undefined;
  while (!signal.aborted) {
    try {
      const { created, state: { messages, first_seq: first, last_seq: last } } = await manager.streams.info(
        streamName(bench),
      );
      // One that is empty begins behind its last message.
      if (known && (created !== known.created || known.messages > 0 && first > known.last)) lost();
      known = { created, messages, last };
    } catch (error) {
      // Otherwise the hub is away.
      if (codeOf(error) === STREAM_NOT_FOUND) lost();
    }
    await delay(LOOK_MS, { signal }).catch(() => {});
  }
}
