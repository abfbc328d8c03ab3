/// <reference lib="dom" />
import { elapsed } from "../../lib/format/elapsed.ts";
import { daemonNow, devices } from "../bench/bench.ts";
import type { Feed } from "../stream/feed.ts";
import { ABSENT } from "../stream/picture.ts";
import type { PlotSession } from "../stream/plot_session.ts";
import { isKnown, wordOf } from "../stream/state_word.ts";
import { timeOfDay } from "../words/quantities.ts";
import { stateOf, STATES, type Tone, toneOf } from "../words/states.ts";

/** The status of a device, as a plot shows it. */
export interface PlotStatus {
  word: string;
  tone: Tone;
  /** A sentence about it. */
  detail: string | undefined;
}

/** After a longer silence the plot shows the time of the newest sample; of a slow device after some of its periods. */
const QUIET_SECONDS = 5;

/** The present status of a device, as far as the page knows it. */
export function plotStatus(session: PlotSession, { deviceId, state, newest, quietSeconds = 0 }: Feed): PlotStatus {
  const device = devices.value?.find(({ device_id }) => device_id === deviceId);
  if (devices.value && !device) {
    return { word: wordOf(ABSENT), tone: "bad", detail: "The daemon has no device of this name." };
  }
  const since = session.outageSince.value;
  if (since !== undefined) {
    const last = state ? `; it was “${wordOf(state.state)}”` : "";
    return { word: "No connection", tone: "warn", detail: `Nothing is known since ${timeOfDay(since * 1000)}${last}.` };
  }
  if (device?.stale_since) {
    const { word, meaning, tone } = stateOf(device);
    return { word, tone, detail: sentence(capitalized(meaning)) };
  }
  if (!state || state.state === ABSENT) return { word: "Opening", tone: "busy", detail: undefined };
  const word = wordOf(state.state);
  const tone = toneOf(state.state);
  const now = daemonNow() / 1000;
  if (state.state === "streaming") {
    const silence = now - Math.max(state.time, newest?.time ?? 0);
    const age = newest
      ? `Newest sample ${elapsed((now - newest.time) * 1000)} ago.`
      : "No sample since this page was opened.";
    return { word, tone, detail: silence > Math.max(QUIET_SECONDS, quietSeconds) ? age : undefined };
  }
  const meaning = isKnown(state.state) ? STATES[state.state].meaning : "";
  const from = state.source ? `From the ${state.source}: ` : "";
  return { word, tone, detail: sentence(state.error === undefined ? capitalized(meaning) : `${from}${state.error}`) };
}

function capitalized(words: string): string {
  return words && `${words[0].toUpperCase()}${words.slice(1)}`;
}

/** The text with a full stop: errors come from drivers with one or without. */
function sentence(words: string): string {
  return words && `${words}${/[.!?]$/.test(words) ? "" : "."}`;
}
