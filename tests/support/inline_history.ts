import { readHistory, wholeFrames } from "../../lib/recording/history/read_history.ts";
import type { StartHistory } from "../../lib/recording/history/history_process.ts";

/** Reads a span of a device's past in this process. */
export const inlineHistory: StartHistory = async (request, ring) => {
  const answer = await readHistory(request, wholeFrames(ReadableStream.from(ring)));
  return new TextEncoder().encode(JSON.stringify(answer));
};
