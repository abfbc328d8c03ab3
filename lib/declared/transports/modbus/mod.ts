/**
 * The transport `modbus`: the registers and coils of a unit, by Modbus TCP, or by RTU over TCP or a serial port.
 *
 * @module
 */
import { defineTransport } from "../../transport.ts";
import { addressSchema, commandSchema, keysSchema, modbusParams, modbusProblems, typeOfAddress } from "./addresses.ts";
import { openModbus } from "./session.ts";
import { withPort } from "../../../format/host_text.ts";

/** The transport. */
export const transport = defineTransport({
  name: "modbus",
  summary: "The registers and coils of a unit, by Modbus TCP or RTU",
  params: modbusParams,
  keys: keysSchema,
  value: addressSchema,
  setting: addressSchema,
  command: commandSchema,
  typeOf: typeOfAddress,
  isWritable: ({ discrete, input }) => discrete === undefined && input === undefined,
  permissions: ({ host, port, serial }) => host === undefined ? { serial: [serial!] } : { net: [withPort(host, port)] },
  problems: modbusProblems,
  open: openModbus,
});
