import type { AsyncLocalStorage } from "node:async_hooks";
import { asyncContext } from "../../async/context.ts";
import { messageOf } from "../../errors.ts";

/**
 * Called with the reason when a connection of the device is lost.
 *
 * @param isUsed False once the driver has closed the connection after its loss, to try another.
 */
export type OnLost = (reason: Error, isUsed: () => boolean) => void | Promise<void>;

/** The device whose functions run, as far as its connections are concerned; null outside of all. */
let scope: AsyncLocalStorage<OnLost | null> | undefined;

/** The device of a process with one device: all code there runs for this device, unless `scope` is null. */
let only: OnLost | undefined;

let isOfOneDevice = false;

/** Declares that this process has one device. To be called before any function of the device runs. */
export function useOneConnectionScope(): void {
  isOfOneDevice = true;
}

/** Runs a function of a device. Connections that are opened in it report their loss to `onLost`. */
export function inConnectionScope<T>(onLost: OnLost, work: () => T): T {
  if (isOfOneDevice) only = onLost;
  return isOfOneDevice && !scope ? work() : (scope ??= asyncContext()).run(onLost, work);
}

/**
 * Runs a function that opens a connection of several devices. The loss of that connection is reported by its watcher in
 * each device.
 */
export function outsideConnectionScope<T>(work: () => T): T {
  return (scope ??= asyncContext()).run(null, work);
}

/**
 * Ends the device's connection as soon as `lost` resolves: the host reports the reason, disconnects the device, and
 * connects it again. Call it in `connect`, with a promise that resolves with an error when the instrument's connection
 * has broken, and that stays pending when the driver closes it itself. `connectLines()` and the other connections of this
 * package do this on their own; a driver calls it for the connection of an SDK.
 *
 * Outside of a device, as in a script, it does nothing.
 *
 * @param isUsed False once the driver has given up the lost connection, for example to try another address. While `connect`
 * runs, such a loss ends nothing.
 *
 * @example An SDK with a callback
 * ```ts
 * import { watchConnection } from "labdaemon/driver";
 *
 * function connect(sdk: { onDisconnect(callback: () => void): void }): void {
 *   const { promise, resolve } = Promise.withResolvers<Error>();
 *   sdk.onDisconnect(() => resolve(new Error("the camera was unplugged")));
 *   watchConnection(promise);
 * }
 * connect({ onDisconnect: () => {} });
 * ```
 */
export function watchConnection(lost: Promise<unknown>, isUsed: () => boolean = () => true): void {
  const found = scope?.getStore();
  const onLost = found === undefined ? only : found;
  if (!onLost) return;
  const report = (reason: unknown) => onLost(reason instanceof Error ? reason : new Error(messageOf(reason)), isUsed);
  lost.then(report, report);
}
