/**
 * The params, keys and addresses of Modbus in a driver file, and their meaning on the wire.
 *
 * @module
 */
import { z } from "zod";
import { hostSchema, portSchema } from "../../payload.ts";
import type { Addressed, ValueType } from "../../transport.ts";
import { MAX_REGISTERS, type ModbusTable, type TableSpan } from "./joins.ts";
import { type RegisterFormat, REGISTERS_OF } from "./registers.ts";

/** The params of a device. */
export const modbusParams = z.strictObject({
  host: hostSchema.optional().meta({
    description: "The address of the unit or of the gateway before it",
  }),
  port: portSchema.default(502).meta({ description: "The TCP port" }),
  serial: z.string({ error: "a text" }).startsWith("/", "a path").optional().meta({
    description: "In place of host: the serial port, such as /dev/serial/by-id/…",
  }),
  baud: z.int("a whole number").min(50, "50 or more").default(19_200).meta({
    description: "The rate of the serial port",
    unit: "Bd",
  }),
  parity: z.enum(["none", "even", "odd"]).default("even").meta({ description: "The parity of the serial port" }),
  bits: z.union([z.literal(7), z.literal(8)]).default(8).meta({ description: "The data bits of the serial port" }),
  stop: z.union([z.literal(1), z.literal(2)]).default(1).meta({
    description: "The stop bits of the serial port; the standard has 2 where there is no parity",
  }),
  unit: z.int().min(0).max(255).default(1).meta({ description: "The address of the unit behind the gateway" }),
  framing: z.enum(["tcp", "rtu"]).default("tcp").meta({
    description: "The frames: of Modbus TCP, or of RTU as plain serial gateways send them",
  }),
  timeout: z.number().positive().max(60).default(1).meta({ unit: "s", description: "The limit of each request" }),
  pause: z.number().min(0).max(10).default(0).meta({
    unit: "s",
    description: "The silence between two requests: units on RS-485 need some",
  }),
  late: z.number().min(0).max(60).default(1.5).meta({
    unit: "s",
    description: "RTU: the time after a time-out in which an answer may still come; the unit is not asked meanwhile",
  }),
}).refine(({ host, serial }) => (host === undefined) !== (serial === undefined), {
  message: "either host or serial",
  path: ["host"],
});

/** The params with their defaults. */
export type ModbusParams = z.output<typeof modbusParams>;

const place = (description: string) => z.int().min(0).max(65_535).optional().meta({ description });

const order = z.enum(["big", "little"]);

/** The address of a value or a setting. */
export const addressSchema = z.strictObject({
  coil: place("The number of a coil: a bit that can be set"),
  discrete: place("The number of a discrete input: a bit that is read only"),
  input: place("The number of an input register: read only"),
  holding: place("The number of a holding register, the first one of a value that takes several"),
  type: z.enum([...Object.keys(REGISTERS_OF) as (keyof typeof REGISTERS_OF)[], "text"]).optional().meta({
    description: "What the registers hold; uint16 without it",
  }),
  bit: z.int().min(0).max(15).optional().meta({ description: "One bit of a register, 0 is the least significant" }),
  length: z.int().min(1).max(MAX_REGISTERS).optional().meta({ description: "The number of registers of a text" }),
  word_order: order.optional().meta({ description: "The order of the registers of a number, if not the file's" }),
  byte_order: order.optional().meta({ description: "The order of the bytes in a register, if not the file's" }),
});

/** An address as the file has it. */
export type Address = z.output<typeof addressSchema>;

/** One entry of `safe`: an address with the value that is written there. */
export const commandSchema = addressSchema.extend({
  value: z.union([z.boolean(), z.number(), z.string()]).meta({
    description: "What is written, as the register holds it: before scale and offset",
  }),
});

/** The keys of a file that only this transport has. */
export const keysSchema = z.strictObject({
  first_register: z.union([z.literal(0), z.literal(1)]).default(0).meta({
    description: "The number of the first register in the manual: 0 as on the wire, or 1",
  }),
  word_order: order.default("big").meta({ description: "The order of the registers of a number" }),
  byte_order: order.default("big").meta({ description: "The order of the bytes in a register" }),
  max_registers: z.int().min(8).max(MAX_REGISTERS).default(MAX_REGISTERS).meta({
    description: "The most registers that the unit gives in one request",
  }),
  write: z.enum(["single", "multiple"]).default("single").meta({
    description: "The function that writes one register: 6 (single) or 16 (multiple)",
  }),
});

/** The keys with their defaults. */
export type Keys = z.output<typeof keysSchema>;

/** An address on the wire. */
export interface TablePlace extends TableSpan, RegisterFormat {
  /** The bit of a register. */
  bit?: number;
}

const TABLES = ["coil", "discrete", "input", "holding"] as const satisfies readonly ModbusTable[];

/** The place of an address without faults. */
export function placeOf(address: Address, keys: Keys): TablePlace {
  const { type = "uint16", bit, word_order: wordOrder = keys.word_order, byte_order: byteOrder = keys.byte_order } =
    address;
  const table = TABLES.find((it) => address[it] !== undefined)!;
  const isBit = table === "coil" || table === "discrete";
  const count = isBit ? 1 : type === "text" ? address.length! : REGISTERS_OF[type];
  return { table, start: address[table]! - keys.first_register, count, type, bit, wordOrder, byteOrder };
}

/** The type of the value at an address. */
export function typeOfAddress({ coil, discrete, bit, type = "uint16" }: Address): ValueType {
  if (coil !== undefined || discrete !== undefined || bit !== undefined) return "boolean";
  if (type === "text") return "text";
  return type.startsWith("float") ? "number" : "integer";
}

/** The faults of a file's addresses that the schemas do not find. */
export function modbusProblems(
  { keys, values, settings }: {
    keys: Keys;
    values: readonly Addressed<Address>[];
    settings: readonly Addressed<Address>[];
  },
): { path: string[]; message: string }[] {
  return Object.entries({ values, settings }).flatMap(([section, all]) =>
    all.flatMap(({ name, address }) =>
      [...faultsOf(address, keys)].map(([key, message]) => ({ path: [section, name, ...key ? [key] : []], message }))
    )
  );
}

function* faultsOf(address: Address, keys: Keys): Generator<[key: string, message: string]> {
  const [table, ...more] = TABLES.filter((it) => address[it] !== undefined);
  if (!table) return yield ["", `one of the keys ${TABLES.join(", ")}`];
  if (more.length) return yield [more[0], `one of the keys ${TABLES.join(", ")}, found ${table} too`];
  const { type, bit, length, word_order, byte_order } = address;
  if (table === "coil" || table === "discrete") {
    const [key] = Object.entries({ type, bit, length, word_order, byte_order }).find(([, it]) => it !== undefined) ??
      [];
    if (key) yield [key, `no ${key}: a ${table} is one bit`];
  } else {
    if (bit !== undefined && type !== undefined && type !== "uint16") {
      yield ["type", `no type but uint16 beside bit, found ${type}`];
    }
    if (type === "text" && length === undefined) yield ["type", "length beside it: the registers of the text"];
    if (type !== "text" && length !== undefined) yield ["length", "no length: only a text has one"];
  }
  if (type === "text" && length === undefined) return;
  const { start, count } = placeOf(address, keys);
  if (start < 0) yield [table, "a number from 1, which is first_register"];
  if (start + count > 65_536) yield [table, `room for ${count} registers, found the end of the table`];
  if (count > keys.max_registers) yield ["length", `at most ${keys.max_registers}, which is max_registers`];
}
