import type { HubConnection } from "../hub_connection.ts";
import { FRAME_HEADERS } from "../frame_message.ts";
import { decodeMessage } from "../encoded_frames.ts";
import { dataSubject, streamName } from "../names.ts";
import { newestMessage } from "../stream_watch.ts";

/** The messages that are looked at. */
const MAX_LOOKS = 100;

/** The newest message with samples of a device, from the hub's copy; undefined if none is found. */
export async function lastSamples(
  manager: HubConnection["manager"],
  bench: string,
  deviceId: string,
): Promise<Uint8Array | undefined> {
  const subject = dataSubject(bench, deviceId);
  const { streams } = manager;
  const stream = streamName(bench);
  let message = await newestMessage(manager, await streams.info(stream), subject);
  // The last one may be about a state.
  for (let looks = 0; message && looks < MAX_LOOKS; looks++) {
    const isOwn = message.subject === subject;
    if (isOwn && Number(message.header.get(FRAME_HEADERS.count)) > 0) {
      return decodeMessage({ encoding: message.header.get(FRAME_HEADERS.encoding), bytes: message.data });
    }
    message = message.seq > 1 ? await streams.getMessage(stream, { seq: message.seq - 1 }) : null;
  }
}
