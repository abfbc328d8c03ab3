import type { StartBacklog } from "../../lib/recording/backlog/backlog_process.ts";
import { readBacklog } from "../../lib/recording/backlog/read_backlog.ts";

/** Reads what is recorded of a device in this process. */
export const inlineBacklog: StartBacklog = async function* (request) {
  for (const part of readBacklog(request)) yield await Promise.resolve(part);
};
