import type { AsyncLocalStorage } from "node:async_hooks";
import { asyncContext } from "../../async/context.ts";

/** Takes the traffic of a device's connections. */
export interface Tap {
  /** A connection was opened, or bytes were sent to the instrument or received from it. They are valid during the call. */
  take(direction: "opened" | "sent" | "received", bytes: Uint8Array): void;
}

/** Undefined until a device of this process has a tap: without taps, no async context is loaded. */
let scope: AsyncLocalStorage<Tap> | undefined;

/** Runs a function of a device. Its connections, and their traffic, are reported to `tap`, if there is one. */
export function withTap<T>(tap: Tap | undefined, work: () => T): T {
  if (tap) return (scope ??= asyncContext<Tap>()).run(tap, work);
  return scope ? scope.exit(work) : work();
}

/**
 * The tap of the device whose function runs. On a connection of several devices, the tap of the device that has its
 * turn.
 */
export function currentTap(): Tap | undefined {
  return scope?.getStore();
}
