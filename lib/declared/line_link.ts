/**
 * The connection of transports that send and receive lines of text: their params, and how they are opened.
 *
 * @module
 */
import { z } from "zod";
import { connectLines } from "../driver/connection/connect_tcp.ts";
import type { LineConnection, LineOptions } from "../driver/connection/line_connection.ts";
import type { Permissions } from "../wire/driver.ts";
import { pattern } from "./text_address.ts";

const TERMINATORS = { LF: "\n", CR: "\r", CRLF: "\r\n" } as const;

const seconds = z.number().min(0).max(600);

/** The params of a device that is reached by lines of text. */
export const lineParams = {
  host: z.string({ error: "a text" }).min(1, "a host name or address").meta({
    description: "The host name or address",
  }),
  port: z.int("a whole number").min(1, "1 or more").max(65_535, "at most 65535").default(5025).meta({
    description: "The TCP port",
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
  banner: pattern.optional().meta({
    description: "A regular expression: the line with which it greets; it is awaited",
  }),
  echo: z.boolean().default(false).meta({ description: "It repeats each line that it receives" }),
  connect_each: z.boolean().default(false).meta({ description: "It closes the connection after each exchange" }),
};

const schema = z.object(lineParams);

/** Valid params. */
export type LineParams = z.output<typeof schema>;

/** Opens the connection. */
export async function openLink(
  params: LineParams,
  signal: AbortSignal,
  options: LineOptions = {},
): Promise<LineConnection> {
  const { host: hostname, port, banner, connect_each: connectEach, echo, encoding } = params;
  return await connectLines({
    ...options,
    hostname,
    port,
    signal,
    connectEach,
    echo,
    encoding,
    terminator: TERMINATORS[params.terminator],
    timeoutMs: params.timeout * 1000,
    delayMs: params.delay * 1000,
    settleMs: params.settle * 1000,
    banner: banner === undefined ? undefined : new RegExp(banner),
  });
}

/** The name of the other side, for messages. */
export function peerOf({ host, port }: LineParams): string {
  return `${host}:${port}`;
}

/** The permissions to open it. */
export function linkPermissions({ host, port }: LineParams): Permissions {
  return { net: [host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`] };
}
