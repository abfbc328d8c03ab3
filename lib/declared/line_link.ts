/**
 * The connection of transports that send and receive lines of text: their params, and how they are opened.
 *
 * @module
 */
import { z } from "zod";
import { hostSchema } from "./payload.ts";
import { connectSerial, SerialConnection } from "../driver/connection/connect_serial.ts";
import { connectTcp } from "../driver/connection/connect_tcp.ts";
import type { ByteConnection } from "../driver/connection/byte_connection.ts";
import { openLines } from "../driver/connection/open_lines.ts";
import type { LineConnection } from "../driver/connection/line_connection.ts";
import type { LineOptions } from "../driver/connection/line_options.ts";
import type { Permissions } from "../wire/driver.ts";
import { patternOf, patternSchema } from "./pattern.ts";
import { withPort } from "../format/host_text.ts";

/** The ends of lines, by their names. */
export const TERMINATORS = { LF: "\n", CR: "\r", CRLF: "\r\n" } as const;

/** One line to send. */
export const line = z.string({ error: "a text" }).min(1, "a text that is not empty").regex(/^[^\r\n]*$/, "one line");

const seconds = z.number().min(0).max(600);

/** The params of a device that is reached by lines of text. */
export const lineParams = {
  host: hostSchema.optional().meta({
    description: "The host name or address, for TCP",
  }),
  port: z.int("a whole number").min(1, "1 or more").max(65_535, "at most 65535").default(5025).meta({
    description: "The TCP port",
  }),
  serial: z.string({ error: "a text" }).startsWith("/", "a path").optional().meta({
    description: "The serial port instead of a host: `/dev/serial/by-id/…`",
  }),
  baud: z.int("a whole number").min(50, "50 or more").max(4_000_000, "at most 4000000").default(9600).meta({
    description: "The rate of the serial port",
    unit: "Bd",
  }),
  bits: z.union([z.literal(7), z.literal(8)], { error: "7 or 8" }).default(8).meta({
    description: "The data bits of the serial port",
  }),
  parity: z.enum(["none", "even", "odd"]).default("none").meta({ description: "The parity of the serial port" }),
  stop: z.union([z.literal(1), z.literal(2)], { error: "1 or 2" }).default(1).meta({
    description: "The stop bits of the serial port",
  }),
  flow: z.enum(["none", "hardware", "software"]).default("none").meta({
    description: "The flow control of the serial port: hardware is RTS/CTS, software XON/XOFF",
  }),
  timeout: seconds.positive().default(5).meta({
    description: "The limit of connecting, and of each exchange",
    unit: "s",
  }),
  terminator: z.enum(["LF", "CR", "CRLF"]).default("LF").meta({
    description: "The end of lines that are sent; those that are received end alike, after LF also with CR LF",
  }),
  encoding: z.enum(["utf-8", "latin1", "ascii"]).default("utf-8").meta({ description: "The encoding of the text" }),
  delay: seconds.default(0).meta({ description: "The pause between an answer and the next line", unit: "s" }),
  settle: seconds.default(0).meta({ description: "The time that the instrument needs after connecting", unit: "s" }),
  banner: patternSchema.optional().meta({
    description: "A regular expression: the line with which it greets; it is awaited",
  }),
  echo: z.boolean().default(false).meta({ description: "It repeats each line that it receives" }),
  connect_each: z.boolean().default(false).meta({ description: "It closes the connection after each exchange" }),
};

/** True for params that name either a host or a serial port. */
export function hasOneAddress({ host, serial }: { host?: string; serial?: string }): boolean {
  return (host === undefined) !== (serial === undefined);
}

/** The issue of params that do not. */
export const ONE_ADDRESS = { message: "either a host or a serial port", path: ["host"] };

/** Valid params. A port is there where a host is. */
export type LineParams = Omit<z.output<z.ZodObject<typeof lineParams>>, "port"> & { port?: number };

/** An open connection. */
export interface LineLink {
  lines: LineConnection;
  /** Closes it. Resolves when a serial port can be opened again. */
  close(): Promise<void>;
}

/** Opens the connection. */
export async function openLink(
  params: LineParams,
  signal: AbortSignal,
  options: LineOptions = {},
): Promise<LineLink> {
  const { banner, echo, encoding } = params;
  const timeoutMs = params.timeout * 1000;
  const bytes = await connect(params, timeoutMs, signal);
  const lines = await openLines(bytes, {
    ...options,
    signal,
    echo,
    encoding,
    timeoutMs,
    terminator: TERMINATORS[params.terminator],
    delayMs: params.delay * 1000,
    settleMs: params.settle * 1000,
    banner: banner === undefined ? undefined : patternOf(banner),
  });
  return {
    lines,
    async close() {
      lines.close();
      if (bytes instanceof SerialConnection) await bytes.released;
    },
  };
}

async function connect(params: LineParams, timeoutMs: number, signal: AbortSignal): Promise<ByteConnection> {
  const { host, port, serial, connect_each: connectEach, baud, bits, parity, stop, flow } = params;
  if (serial !== undefined) {
    return await connectSerial({ path: serial, baud, bits, parity, stop, flow, timeoutMs, signal });
  }
  return await connectTcp({ hostname: host!, port: port!, connectEach, timeoutMs, signal });
}

/** The name of the other side, for messages. */
export function peerOf({ host, port, serial }: LineParams): string {
  return serial ?? `${host}:${port}`;
}

/** The permissions to open it. */
export function linkPermissions({ host, port, serial }: LineParams): Permissions {
  if (serial !== undefined) return { serial: [serial] };
  return { net: [withPort(host!, port!)] };
}
