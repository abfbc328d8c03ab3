/// <reference lib="dom" />
import { daemonNow, devices } from "../bench/bench.ts";
import { STATES, stretch, timeOfDay } from "../words/words.ts";
import { ABSENT, type Feed } from "../stream/device_feed.ts";
import type { Session } from "../stream/session.ts";

/** How a device is, as one reads it on its plot. */
export interface Condition {
  word: string;
  tone: "good" | "busy" | "warn" | "bad" | "soft";
  /** What there is to say besides. */
  detail: string | undefined;
}

const TONES: Record<string, Condition["tone"]> = {
  disconnected: "soft",
  connecting: "busy",
  connected: "busy",
  streaming: "good",
  retrying: "warn",
  faulted: "bad",
};
/** Later than that, it is told when the newest sample came. */
const QUIET_SECONDS = 5;

/** A state of the wire as people call it; one that this page does not know, as it is. */
export function wordOf(state: string): string {
  if (state === ABSENT) return "Not there";
  return state in STATES ? STATES[state as keyof typeof STATES].word : state;
}

/** How a device is now, as far as this page can know. */
export function conditionOf(session: Session, { deviceId, state, newest }: Feed): Condition {
  const isThere = devices.value?.some(({ device_id }) => device_id === deviceId);
  if (isThere === false) return { word: wordOf(ABSENT), tone: "bad", detail: "The daemon has no device of this name." };
  const since = session.awaySince.value;
  if (since !== undefined) {
    const last = state ? `; it was “${wordOf(state.state)}”` : "";
    return { word: "No connection", tone: "warn", detail: `Nothing is known since ${timeOfDay(since * 1000)}${last}.` };
  }
  if (!state || state.state === ABSENT) return { word: "Opening", tone: "busy", detail: undefined };
  const word = wordOf(state.state);
  const tone = TONES[state.state] ?? "soft";
  const now = daemonNow() / 1000;
  if (state.state === "streaming") {
    const silence = now - Math.max(state.time, newest?.time ?? 0);
    const since = newest
      ? `Newest sample ${stretch((now - newest.time) * 1000)} ago.`
      : "No sample since this page was opened.";
    return { word, tone, detail: silence > QUIET_SECONDS ? since : undefined };
  }
  const meaning = state.state in STATES ? STATES[state.state as keyof typeof STATES].meaning : "";
  return { word, tone, detail: ended(state.error ?? capitalized(meaning)) };
}

function capitalized(words: string): string {
  return words && `${words[0].toUpperCase()}${words.slice(1)}`;
}

/** Errors come from drivers: with a full stop or without. */
function ended(words: string): string {
  return words && `${words}${/[.!?]$/.test(words) ? "" : "."}`;
}
