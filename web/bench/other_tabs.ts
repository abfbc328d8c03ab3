/// <reference lib="dom" />
import { DAEMON_URL } from "../page/daemon_url.ts";

/** The time between two reports to the other tabs. */
const PERIOD_MS = 1_000;

/** Connects the tabs of this browser that show the same daemon: each reports that it receives events. */
const channel = new BroadcastChannel(`labdaemon ${DAEMON_URL}`);
let lastEventAt = -Infinity;
let reportedAt = -Infinity;

channel.onmessage = () => lastEventAt = performance.now();

/** Reports to the other tabs that this one has received an event. */
export function reportEvent(): void {
  if (performance.now() - reportedAt < PERIOD_MS) return;
  reportedAt = performance.now();
  channel.postMessage("event");
}

/** True if another tab has got an event of the daemon within the last `ms`. */
export function isAnsweredElsewhere(ms: number): boolean {
  return performance.now() - lastEventAt < ms;
}
