/**
 * The contents of packets: how messages, blocks and results travel between the daemon and a driver's process.
 *
 * @module
 */
import { LabError } from "../../errors.ts";
import { isJsonValue, isJsonValueInSteps } from "../../format/json_bytes.ts";
import type { PackedBlock } from "../../stream/block.ts";
import { EncodedJson } from "../../stream/encode.ts";
import { sizeText } from "./error_bounds.ts";
import {
  BLOCK_PACKET,
  HEADER_BYTES,
  JSON_PACKET,
  MAX_PACKET_BYTES,
  packet,
  type PacketLimits,
  RESULT_PACKET,
  withHeader,
} from "./framing.ts";
import {
  type FromProcess,
  type Handshake,
  type ProtocolOperation,
  RESULT_OPERATIONS,
  type ToProcess,
} from "./protocol.ts";

/** The JSON text of a method's result. */
const MAX_RESULT_BYTES = 32 * 1024 * 1024;

/** A message from a process: a description, checked params, an error. The daemon parses them. */
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

/** The description of a driver, which `GET /drivers` and the documents repeat. */
export const MAX_DESCRIPTION_BYTES = 256 * 1024;

/** The packets that the daemon accepts from a process. */
export const FROM_PROCESS: PacketLimits = {
  [JSON_PACKET]: MAX_MESSAGE_BYTES,
  [BLOCK_PACKET]: MAX_PACKET_BYTES,
  [RESULT_PACKET]: 4 + MAX_RESULT_BYTES,
};

/** The packets that a process accepts from the daemon. */
export const TO_PROCESS: PacketLimits = { [JSON_PACKET]: MAX_PACKET_BYTES };

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** One JSON message as a packet. */
export function jsonPacket(seat: number, message: ToProcess | FromProcess | Handshake): Uint8Array<ArrayBuffer> {
  return packet(JSON_PACKET, seat, encoder.encode(JSON.stringify(message)));
}

/**
 * A request as a packet.
 *
 * @throws {RangeError} if it is too large for a packet.
 */
export function requestPacket(seat: number, request: ToProcess): Uint8Array<ArrayBuffer> {
  const bytes = jsonPacket(seat, request);
  const size = bytes.length - HEADER_BYTES;
  if (size <= MAX_PACKET_BYTES) return bytes;
  throw new RangeError(
    `the request is too large: ${sizeText(size)} of JSON, and ${sizeText(MAX_PACKET_BYTES)} at most`,
  );
}

/**
 * The message in the content of a JSON packet. Its form is not checked.
 *
 * @throws {RangeError} if it is no JSON, or nested too deep.
 */
export function parseMessage<T = unknown>(content: Uint8Array): T {
  if (!isJsonValue(content, 0, content.length)) throw new RangeError("Cannot read a message: it is no JSON value");
  try {
    return JSON.parse(withoutLoneSurrogates(decoder.decode(content)));
  } catch {
    throw new RangeError("Cannot read a message: it is no JSON value");
  }
}

/** Half of a character that is written as two, as JSON escapes it. */
const HALF = /\\u[dD][89a-fA-F]/;

/** Each escape of a JSON text; the two halves of a character together. */
const ESCAPES = /\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|u....|.)/g;

/** A JSON text whose strings are Unicode. Strict readers refuse a whole answer because of one half of a character. */
function withoutLoneSurrogates(json: string): string {
  if (!HALF.test(json)) return json;
  return json.replace(ESCAPES, (escape) => escape.length === 6 && HALF.test(escape) ? "\\ufffd" : escape);
}

/** A block as a packet. The header goes before the block in the block's own buffer, and nothing is copied. */
export function blockPacket(seat: number, { packed }: PackedBlock): Uint8Array<ArrayBuffer> {
  const start = packed.byteOffset - HEADER_BYTES;
  return withHeader(BLOCK_PACKET, seat, new Uint8Array(packed.buffer, start, HEADER_BYTES + packed.length));
}

/** The types of errors for answers that are too large. */
const TOO_LARGE: { [Op in ProtocolOperation]?: [what: string, type: string] } = {
  load: ["The driver's description is", "DescriptionTooLarge"],
  check_params: ["The params with their defaults are", "ParamsTooLarge"],
  check_options: ["The options with their defaults are", "OptionsTooLarge"],
};

/**
 * The answer to a request, as JSON text, as a packet. The results of {@linkcode RESULT_OPERATIONS} have a kind of their own.
 *
 * @throws {LabError} `DriverError` of type `ResultTooLarge`, `DescriptionTooLarge`, `ParamsTooLarge` or `OptionsTooLarge`.
 */
export function answerPacket(seat: number, id: number, op: ProtocolOperation, json: string): Uint8Array<ArrayBuffer> {
  if (RESULT_OPERATIONS.has(op)) return resultPacket(seat, id, json);
  const content = encoder.encode(`{"id":${id},"result":${json}}`);
  const max = op === "load" ? MAX_DESCRIPTION_BYTES : MAX_MESSAGE_BYTES;
  if (content.length <= max) return packet(JSON_PACKET, seat, content);
  const [what, type] = TOO_LARGE[op] ?? ["The answer is", "AnswerTooLarge"];
  const message = `${what} too large: ${sizeText(content.length)} of JSON, and ${sizeText(max)} at most`;
  throw new LabError("DriverError", message, { type });
}

/**
 * The result of a call, as JSON text, as a packet.
 *
 * @throws {LabError} `DriverError` of type `ResultTooLarge`.
 */
export function resultPacket(seat: number, id: number, json: string): Uint8Array<ArrayBuffer> {
  const text = encoder.encode(json);
  if (text.length > MAX_RESULT_BYTES) {
    const message =
      `The result is too large: ${text.length} bytes of JSON, and ${MAX_RESULT_BYTES} at most; stream it instead`;
    throw new LabError("DriverError", message, { type: "ResultTooLarge" });
  }
  const bytes = new Uint8Array(HEADER_BYTES + 4 + text.length);
  new DataView(bytes.buffer).setUint32(HEADER_BYTES, id, true);
  bytes.set(text, HEADER_BYTES + 4);
  return withHeader(RESULT_PACKET, seat, bytes);
}

/**
 * The result in the content of a result packet, unparsed. It is exactly one value, so an answer that contains it is
 * valid. A large result is checked in steps.
 *
 * @throws {RangeError} if the content is not JSON, or nested too deep.
 */
export function* unpackResult(
  content: Uint8Array<ArrayBuffer>,
): Generator<void, { id: number; result: EncodedJson }> {
  if (!(yield* isJsonValueInSteps(content, 4, content.length))) {
    throw new RangeError("Cannot read a result: it is no JSON value");
  }
  const id = new DataView(content.buffer, content.byteOffset).getUint32(0, true);
  return { id, result: new EncodedJson(content.subarray(4)) };
}
