/**
 * All that a driver's author needs.
 *
 * @module
 */
export type { CallContext, PropertyContext } from "./call_context.ts";
export type { ArrayEncoding, DeviceFunctions, Driver, Yield } from "./contract.ts";
export type { MethodDefinition, ObjectSchema } from "./method.ts";
export type { PropertyDefinition } from "./property.ts";
export { defineDriver, isDriver } from "./define_driver.ts";
export type { DriverDeclaration } from "./driver_declaration.ts";
export {
  block,
  type BlockInput,
  type BlockValues,
  type Channel,
  type InstrumentTime,
  SampleBlock,
  Stamped,
  stamped,
} from "./timed.ts";
export { share, type Shared, type ShareOptions } from "./share.ts";
export { type Endian, toFloat32 } from "./connection/binary_block.ts";
export { ByteConnection } from "./connection/byte_connection.ts";
export type { ByteConnectionOptions, Frame, ReadOptions } from "./connection/byte_options.ts";
export {
  connectLines,
  type ConnectLinesOptions,
  connectTcp,
  type ConnectTcpOptions,
} from "./connection/connect_tcp.ts";
export { connectSerial, type ConnectSerialOptions, SerialConnection } from "./connection/connect_serial.ts";
export type { ModemLines, SerialLines } from "./connection/serial_port.ts";
export type { SerialSettings } from "./connection/serial_relay.ts";
export type { Duplex } from "./connection/duplex.ts";
export { watchConnection } from "./connection/connection_scope.ts";
export { LineConnection } from "./connection/line_connection.ts";
export type { LineInputOptions, LineOptions, LinesOptions, QueryOptions } from "./connection/line_options.ts";
export type { BlockOptions } from "./connection/read_block.ts";
export type { LineChecksum, LineEncoding, LineEnd, LineFormatOptions, LinePattern } from "./connection/line_format.ts";
export { openLines, type OpenLinesOptions } from "./connection/open_lines.ts";
export { delay, every, fromCallback, Lost } from "../async/mod.ts";
export type { DelayOptions, EveryOptions, Fail, FromCallbackOptions } from "../async/mod.ts";
export { LabError, type LabErrorCode, type LabErrorOptions } from "../errors.ts";
export type { Permissions } from "../wire/driver.ts";
export type { PermissionKind } from "../wire/names/permission_kinds.ts";
