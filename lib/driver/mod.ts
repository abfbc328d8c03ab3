/**
 * All that a driver's author needs.
 *
 * @module
 */
export * from "./contract.ts";
export * from "./define_driver.ts";
export * from "./line_connection.ts";
export { delay, every, fromCallback, Lost } from "../async/mod.ts";
export type { DelayOptions, EveryOptions, FromCallbackOptions } from "../async/mod.ts";
export { LabError } from "../errors.ts";
export type { Permissions } from "../wire/driver.ts";
