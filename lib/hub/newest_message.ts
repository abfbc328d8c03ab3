import type { JetStreamManager, StoredMsg, StreamInfo } from "@nats-io/jetstream";

/**
 * The newest message of a subject of a stream; null if there is none.
 *
 * An empty stream is not asked: the server may still be making it for another connection, and nats-server 2.9 crashes when it is
 * then asked for a message.
 */
export async function newestMessage(
  { streams }: Pick<JetStreamManager, "streams">,
  { config: { name }, state }: Pick<StreamInfo, "config" | "state">,
  subject: string,
): Promise<StoredMsg | null> {
  return state.messages === 0 ? null : await streams.getMessage(name, { last_by_subj: subject });
}
