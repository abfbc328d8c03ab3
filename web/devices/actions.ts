/** What can be done with a device, and when it makes sense. */
import type { DeviceStatus } from "../../lib/client/mod.ts";

/** What can be done with a device. */
export type Action = "connect" | "disconnect" | "start" | "stop" | "enable" | "disable" | "remove" | "dismiss";

/** Each action's word, and what is said while it is under way and when it failed. */
export const ACTIONS: Record<Action, { word: string; underWay: string }> = {
  connect: { word: "Connect", underWay: "Connecting…" },
  disconnect: { word: "Disconnect", underWay: "Disconnecting…" },
  start: { word: "Start", underWay: "Starting…" },
  stop: { word: "Stop", underWay: "Stopping…" },
  enable: { word: "Enable", underWay: "Enabling…" },
  disable: { word: "Disable", underWay: "Disabling…" },
  remove: { word: "Remove", underWay: "Removing…" },
  dismiss: { word: "Dismiss", underWay: "Dismissing…" },
};

/** A button: what it does, how it is called, whether that makes sense now, and why not. */
export interface Offer {
  action: Action;
  word: string;
  /** Where it stands: what takes its place when it was pressed keeps the focus. */
  place: "connection" | "give up" | "run" | "service" | "bench";
  /** Why it makes no sense now. */
  not?: string;
}

/** The buttons of a device, each always at the same place. */
export function offersFor({ state, disabled, streams }: Pick<DeviceStatus, "state" | "disabled" | "streams">): Offer[] {
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
    offer("service", disabled ? "enable" : "disable"),
    offer("bench", "remove"),
  ];
}
