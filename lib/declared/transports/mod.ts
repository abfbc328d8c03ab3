/**
 * All transports by their names. Each is imported when a driver file names it.
 *
 * @module
 */
import type { AnyTransport } from "../transport.ts";

/** Imports a transport. */
export type ImportTransport = () => Promise<{ transport: AnyTransport }>;

/** The transports that a file can name. */
export const TRANSPORTS: Readonly<Record<string, ImportTransport>> = {
  lines: () => import("./lines/mod.ts"),
  http: () => import("./http/mod.ts"),
  modbus: () => import("./modbus/mod.ts"),
  mqtt: () => import("./mqtt/mod.ts"),
  scpi: () => import("./scpi/mod.ts"),
  udp: () => import("./udp/mod.ts"),
};
