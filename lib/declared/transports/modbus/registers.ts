/**
 * Values in Modbus registers: their types, and the order of their words and bytes.
 *
 * @module
 */

import { shortestFloat32 } from "../../float32.ts";

/** The types of numbers in registers, with the number of their registers. */
export const REGISTERS_OF = {
  int16: 1,
  uint16: 1,
  int32: 2,
  uint32: 2,
  int64: 4,
  uint64: 4,
  float32: 2,
  float64: 4,
} as const;

/** The type of a number in registers. */
export type NumberType = keyof typeof REGISTERS_OF;

/** The type of a value in registers. */
export type RegisterType = NumberType | "text";

/** The form of a value in registers. */
export interface RegisterFormat {
  type: RegisterType;
  /** `big`: the register with the lowest address has the most significant word. */
  wordOrder: "big" | "little";
  /** `big`: the first byte of a register is the more significant one, as Modbus has it. */
  byteOrder: "big" | "little";
}

/** Whole numbers that fit a type. */
const RANGES: Partial<Record<NumberType, [min: bigint, max: bigint]>> = {
  int16: [-(2n ** 15n), 2n ** 15n - 1n],
  uint16: [0n, 2n ** 16n - 1n],
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  uint32: [0n, 2n ** 32n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
};

/** The value in registers as they were read: two bytes each. */
export function decodeRegisters(bytes: Uint8Array, format: RegisterFormat): number | bigint | string {
  const ordered = reorder(bytes, format);
  const view = new DataView(ordered.buffer);
  switch (format.type) {
    case "int16":
      return view.getInt16(0);
    case "uint16":
      return view.getUint16(0);
    case "int32":
      return view.getInt32(0);
    case "uint32":
      return view.getUint32(0);
    case "int64":
      return view.getBigInt64(0);
    case "uint64":
      return view.getBigUint64(0);
    case "float32":
      return shortestFloat32(view.getFloat32(0));
    case "float64":
      return view.getFloat64(0);
    case "text":
      return new TextDecoder("latin1").decode(ordered).replace(/[\0 ]+$/, "");
  }
}

/**
 * The registers of a value. A number that is not whole is rounded for the types of whole numbers.
 *
 * @param count The number of registers of a text.
 * @throws {RangeError} if the value does not fit.
 */
export function encodeRegisters(value: number | bigint | string, format: RegisterFormat, count = 0): Uint8Array {
  if (format.type === "text") return reorder(encodeText(String(value), count), format);
  const bytes = new Uint8Array(REGISTERS_OF[format.type] * 2);
  const view = new DataView(bytes.buffer);
  if (format.type === "float32" || format.type === "float64") {
    const number = Number(value);
    const fits = Number.isFinite(number) && (format.type === "float64" || Number.isFinite(Math.fround(number)));
    if (typeof value === "string" || !fits) throw new RangeError(`expected a ${format.type}, found ${value}`);
    if (format.type === "float32") view.setFloat32(0, number);
    else view.setFloat64(0, number);
    return reorder(bytes, format);
  }
  const whole = wholeNumber(value, format.type);
  if (format.type.endsWith("64")) view.setBigInt64(0, whole);
  else if (format.type.endsWith("32")) view.setInt32(0, Number(BigInt.asIntN(32, whole)));
  else view.setInt16(0, Number(BigInt.asIntN(16, whole)));
  return reorder(bytes, format);
}

function wholeNumber(value: number | bigint | string, type: NumberType): bigint {
  const [min, max] = RANGES[type]!;
  const isNumber = typeof value === "bigint" || Number.isFinite(value);
  const whole = isNumber ? BigInt(typeof value === "bigint" ? value : Math.round(Number(value))) : undefined;
  if (whole === undefined || whole < min || whole > max) {
    throw new RangeError(`expected a whole number from ${min} to ${max}, which is ${type}, found ${value}`);
  }
  return whole;
}

function encodeText(text: string, count: number): Uint8Array {
  if (text.length > count * 2 || /[^\0-\xff]/.test(text)) {
    throw new RangeError(`expected at most ${count * 2} Latin-1 characters, found ${JSON.stringify(text)}`);
  }
  return Uint8Array.from({ length: count * 2 }, (_, index) => text.charCodeAt(index) || 0);
}

/** A copy in the other order; both directions are the same. A text has the order of its words always. */
function reorder(bytes: Uint8Array, { type, wordOrder, byteOrder }: RegisterFormat): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(bytes);
  const flip = (type !== "text" && wordOrder === "little") !== (byteOrder === "little");
  // All bytes in reverse are words and bytes in reverse.
  if (type !== "text" && wordOrder === "little") copy.reverse();
  if (flip) {
    for (let i = 0; i + 1 < copy.length; i += 2) [copy[i], copy[i + 1]] = [copy[i + 1], copy[i]];
  }
  return copy;
}
