/**
 * LabDaemon without a server: devices of one bench, owned by a script.
 *
 * @module
 */
export * from "./daemon.ts";
export * from "./errors.ts";
export type { DeviceClass } from "./driver/from_class.ts";
export type { DriverStatus, LoadDriversOptions } from "./registry/catalog.ts";
export type { Device } from "./device/device.ts";
export type { Callback, ReaderOptions } from "./device/consumers.ts";
export type { DeviceSettings, Limits, RestartPolicy, StreamingMode } from "./device/policy.ts";
export type { DeviceState, DeviceStatus } from "./wire/device.ts";
export type { PermissionGrants, Permissions } from "./driver/permissions.ts";
export type { StreamEvent } from "./stream/decode.ts";
export { defineDriver, every, fromCallback, Lost } from "./driver/mod.ts";
