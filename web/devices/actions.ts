/** The actions on a device, and the states in which each is possible. */
import type { DeviceStatus } from "../../lib/client/mod.ts";

/** An action on a device. */
export type Action = "connect" | "disconnect" | "start" | "stop" | "enable" | "disable" | "safe" | "remove" | "dismiss";

/** The word of each action, and the word while it runs. */
export const ACTIONS: Record<Action, { word: string; underWay: string }> = {
  connect: { word: "Connect", underWay: "Connecting…" },
  disconnect: { word: "Disconnect", underWay: "Disconnecting…" },
  start: { word: "Start", underWay: "Starting…" },
  stop: { word: "Stop", underWay: "Stopping…" },
  enable: { word: "Enable", underWay: "Enabling…" },
  disable: { word: "Disable", underWay: "Disabling…" },
  safe: { word: "Make safe", underWay: "Making safe…" },
  remove: { word: "Remove", underWay: "Removing…" },
  dismiss: { word: "Dismiss", underWay: "Dismissing…" },
};

/** A button for an action. */
export interface Offer {
  action: Action;
  word: string;
  /** The place of the button: the one that replaces it keeps the focus. */
  place: "connection" | "give up" | "run" | "safe" | "service" | "bench";
  /** The reason why the action is not possible now. */
  not?: string;
}

/** The buttons of a device, each always in the same place. */
export function offersFor(
  { state, disabled, streams, can_make_safe }:
    & Pick<DeviceStatus, "state" | "disabled" | "streams">
    & Partial<Pick<DeviceStatus, "can_make_safe">>,
): Offer[] {
  const offer = (place: Offer["place"], action: Action, not?: string | false): Offer => ({
    action,
    word: action === "connect" && state === "retrying" ? "Try now" : ACTIONS[action].word,
    place,
    ...(not && { not }),
  });
  const isDown = state === "disconnected" || state === "retrying" || state === "faulted";
  const enableFirst = disabled && "enable it first";
  const run = state === "streaming"
    ? offer("run", "stop")
    : offer("run", "start", enableFirst || state !== "connected" && "connect it first");
  return [
    offer("connection", isDown ? "connect" : "disconnect", enableFirst),
    ...(state === "retrying" || state === "faulted" ? [offer("give up", "disconnect", enableFirst)] : []),
    ...(streams === false ? [] : [run]),
    ...(can_make_safe ? [offer("safe", "safe", (isDown || state === "connecting") && "connect it first")] : []),
    offer("service", disabled ? "enable" : "disable"),
    offer("bench", "remove"),
  ];
}
