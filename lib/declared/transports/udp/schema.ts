/**
 * The keys of UDP drivers.
 *
 * @module
 */
import { isIP } from "node:net";
import { z } from "zod";
import { refineTemplate, TEMPLATE_FORM } from "../../format_spec.ts";
import { hostSchema, payloadKeys, portSchema } from "../../payload.ts";
import type { Addressed, ValueType } from "../../transport.ts";
import { type BinaryField, type BinaryType, BYTES_OF, endOf } from "./layout.ts";

const text = z.string({ error: "a text" });
const address = text.refine((it) => isIP(it) > 0, "an IP address");
const endian = z.enum(["big", "little"], { error: "one of big, little" });

/** The most bytes of a datagram. */
const MAX_DATAGRAM_BYTES = 65_507;

const binaryTypes = Object.keys(BYTES_OF) as BinaryType[];
const types = [...binaryTypes, "number", "integer", "boolean", "text"] as const;

/** The params of a device. */
export const udpParams = z.strictObject({
  port: portSchema.meta({ description: "The port to which the instrument sends" }),
  address: address.default("0.0.0.0").meta({ description: "The address of this machine; 0.0.0.0 is all of them" }),
  from: address.optional().meta({ description: "The address of the instrument: datagrams of others are dropped" }),
  to_host: hostSchema.optional().meta({ description: "Where settings are sent to" }),
  to_port: portSchema.optional().meta({ description: "The port there" }),
  silence: z.number().positive("a number above 0").max(86_400, "at most 86400").default(30).meta({
    description: "A stream without a datagram for so long has lost its instrument",
    unit: "s",
  }),
}).refine(({ to_host, to_port }) => (to_host === undefined) === (to_port === undefined), {
  message: "to_host and to_port, or neither",
  path: ["to_port"],
});

/** The keys of a UDP file. */
export const udpKeys = z.strictObject({
  endian: endian.default("big").meta({ description: "The order of the bytes of a number: `little` is what PCs have" }),
  starts_with: text.regex(/^([0-9a-f]{2})+$/i, "bytes in hexadecimal, such as 4c41").optional().meta({
    description: "The first bytes, in hexadecimal: datagrams that begin otherwise are dropped",
  }),
});

/** The address of a value. */
export const udpValue = z.strictObject({
  at: z.int("a whole number").min(0, "0 or more").max(MAX_DATAGRAM_BYTES, `at most ${MAX_DATAGRAM_BYTES}`).optional()
    .meta({ description: "The number of its first byte, from 0. Without it, the datagram is a text" }),
  type: z.enum(types, { error: `one of ${types.join(", ")}` }).optional().meta({
    description: "Of bytes a type such as `int16`, `float32`; of a text `number`, `integer`, `boolean` or `text`",
  }),
  endian: endian.optional().meta({ description: "The order of its bytes, if not the file's" }),
  bit: z.int("a whole number").min(0, "0 or more").max(31, "at most 31").optional().meta({
    description: "One bit of a whole number, 0 is the least significant",
  }),
  count: z.int("a whole number").min(1, "1 or more").max(16_384, "at most 16384").optional().meta({
    description: "So many numbers in a row are one value: a waveform",
  }),
  ...payloadKeys,
});

/** The address of a setting. */
export const udpSetting = z.strictObject({
  send: text.superRefine(refineTemplate).meta({ description: `The datagram that is sent: ${TEMPLATE_FORM}` }),
  type: z.enum(["number", "integer", "boolean", "text"], { error: "one of number, integer, boolean, text" }).optional()
    .meta({ description: "The type of the value" }),
});

/** An entry of `safe`: a datagram. */
export const udpCommand = text.min(1, "a text that is not empty");

/** The params of a device, with their defaults. */
export type UdpParams = z.output<typeof udpParams>;
/** The keys of a driver file. */
export type UdpKeys = z.output<typeof udpKeys>;
/** The place of a value in a datagram. */
export type UdpValue = z.output<typeof udpValue>;
/** The datagram that a setting sends. */
export type UdpSetting = z.output<typeof udpSetting>;

/** The field of a value in bytes. */
export function fieldOf({ at = 0, type, endian }: UdpValue, keys: UdpKeys): BinaryField {
  return { at, type: type as BinaryType, endian: endian ?? keys.endian };
}

/** The type of the value at an address. */
export function udpTypeOf(address: UdpValue | UdpSetting): ValueType {
  const { type = "number" } = address;
  if ("count" in address && address.count !== undefined) return "array";
  if ("bit" in address && address.bit !== undefined) return "boolean";
  if (!isBinary(type)) return type;
  return type.startsWith("float") ? "number" : "integer";
}

/** The faults of a file's addresses that the schemas do not find. */
export function udpProblems({ keys, values }: { keys: UdpKeys; values: readonly Addressed<UdpValue>[] }) {
  return values.flatMap(({ name, address }) =>
    [...faultsOf(address, keys)].map(([key, message]) => ({ path: ["values", name, key], message }))
  );
}

function* faultsOf(address: UdpValue, keys: UdpKeys): Generator<[key: string, message: string]> {
  const { at, type = "number", bit, count, json, match, field } = address;
  if (at === undefined) {
    if (isBinary(type)) yield ["type", `at beside it, the number of its first byte, found ${type} alone`];
    for (const [key, value] of Object.entries({ bit, count, endian: address.endian })) {
      if (value !== undefined) yield [key, `no ${key}: only a value with at has one`];
    }
    return;
  }
  if (!isBinary(type)) return yield ["at", `type beside it: one of ${binaryTypes.join(", ")}`];
  for (const [key, value] of Object.entries({ json, match, field })) {
    if (value !== undefined) yield [key, `no ${key}: it is for texts, and this value is bytes`];
  }
  if (bit !== undefined && (type.startsWith("float") || bit >= 8 * BYTES_OF[type])) {
    yield ["bit", `a bit of ${type}, found ${bit}`];
  }
  if (bit !== undefined && count !== undefined) yield ["count", "no count beside bit"];
  const end = endOf(fieldOf(address, keys), count);
  if (end > MAX_DATAGRAM_BYTES) yield ["at", `an end within ${MAX_DATAGRAM_BYTES} bytes, found ${end}`];
}

function isBinary(type: string): type is BinaryType {
  return Object.hasOwn(BYTES_OF, type);
}
