import { api } from "../bench/bench.ts";
import type { LoadPast } from "./past_loader.ts";
import { timestampOf } from "./timestamps.ts";

/** Gets a span of a device's past from the daemon of this page. */
export const loadPast: LoadPast = (deviceId, { from, to, points, channels }, signal) =>
  // The client has no signal for one request: an answer that comes too late is dropped.
  signal.aborted ? Promise.reject(signal.reason) : api.getHistory(deviceId, {
    from: timestampOf(from),
    to: timestampOf(to),
    points,
    ...channels.length && { channels },
  });
