/**
 * The handshake: the first packet of a process says which protocol it speaks, and which driver contract it keeps.
 *
 * @module
 */
import { z } from "zod";
import { printable } from "../../errors.ts";
import { JSON_PACKET, type Packet } from "./framing.ts";
import { DRIVER_API_VERSION, PROTOCOL_VERSION } from "./handshake.ts";
import { parseMessage } from "./packets.ts";
import type { Handshake } from "./protocol.ts";

/** A process and this daemon do not understand each other. The message follows the name of the process. */
export class ProtocolMismatch extends Error {}

const MAX_CHARS = 100;
const textSchema = z.string().min(1).max(MAX_CHARS);

// A newer version may have further keys, and the message is to name the version.
const handshakeSchema = z.object({
  hello: z.object({
    protocol: z.int().positive(),
    driver_api: z.int().positive(),
    language: textSchema,
    language_version: textSchema,
    sandbox: textSchema.optional(),
  }),
});

/** The number of bytes that an error quotes of a first packet that is no handshake. */
const QUOTED_BYTES = 60;

/**
 * Reads the first packet of a process.
 *
 * @throws {RangeError} if it is no handshake.
 * @throws {ProtocolMismatch} if it names another version; the message says which side is older.
 */
export function checkHandshake({ kind, content }: Packet): Handshake["hello"] {
  const { success, data } = handshakeSchema.safeParse(kind === JSON_PACKET ? jsonOf(content) : undefined);
  if (!success) {
    const start = JSON.stringify(printable(new TextDecoder().decode(content.subarray(0, QUOTED_BYTES))));
    throw new RangeError(
      `the first packet must be the handshake {"hello":{"protocol":${PROTOCOL_VERSION},…}}, ` +
        `found one of kind ${kind} and ${content.length} bytes that begins with ${start}`,
    );
  }
  const { protocol, driver_api: api, language, language_version: version } = data.hello;
  const its = `(${printable(language)} ${printable(version)})`;
  if (protocol !== PROTOCOL_VERSION) {
    throw mismatch(`${its} speaks version ${protocol} of the protocol`, PROTOCOL_VERSION, protocol < PROTOCOL_VERSION);
  }
  if (api > DRIVER_API_VERSION) {
    throw mismatch(`${its} has version ${api} of the driver API`, DRIVER_API_VERSION, false);
  }
  return data.hello;
}

function jsonOf(content: Uint8Array): unknown {
  try {
    return parseMessage(content);
  } catch {
    return undefined;
  }
}

function mismatch(what: string, ours: number, isProcessOlder: boolean): ProtocolMismatch {
  const older = isProcessOlder
    ? "the process is the older side: update what runs it"
    : "the daemon is the older side: update it";
  return new ProtocolMismatch(`${what}, and the daemon version ${ours}: ${older}`);
}
