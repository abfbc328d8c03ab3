/**
 * All that a driver's author needs.
 *
 * @module
 */
export type { CallContext } from "./call_context.ts";
export type { ArrayEncoding, DeviceFunctions, Driver, MethodDefinition, ObjectSchema, Yield } from "./contract.ts";
export type { PropertyDefinition } from "./property.ts";
export { defineDriver, type DriverDeclaration, isDriver } from "./define_driver.ts";
export { connectLines, type ConnectLinesOptions, LineConnection, type QueryOptions } from "./line_connection.ts";
export { share, type Shared, type ShareOptions } from "./share.ts";
export { delay, every, fromCallback, Lost } from "../async/mod.ts";
export type { DelayOptions, EveryOptions, Fail, FromCallbackOptions } from "../async/mod.ts";
export { LabError, type LabErrorCode, type LabErrorOptions } from "../errors.ts";
export type { PermissionKind, Permissions } from "../wire/driver.ts";
