/**
 * Time and order. Independent of devices.
 *
 * @module
 */
export * from "./abortable.ts";
export * from "./backoff.ts";
export * from "./notifier.ts";
export * from "./deadline.ts";
export * from "./delay.ts";
export * from "./every.ts";
export * from "./from_callback.ts";
export * from "./keep_connected.ts";
export * from "./keep_trying.ts";
export * from "./mutex.ts";
export * from "./outcome.ts";
export * from "./semaphore.ts";
export * from "./several.ts";
export * from "./ticks.ts";
export * from "./watchdog.ts";
