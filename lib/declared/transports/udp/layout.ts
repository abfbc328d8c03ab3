/**
 * Numbers at fixed places of a datagram, as a C struct has them.
 *
 * @module
 */
import type { Endian } from "../../../driver/connection/binary_block.ts";
import { shortestFloat32 } from "../../float32.ts";

/** The types of numbers, with their bytes. */
export const BYTES_OF = {
  int8: 1,
  uint8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  uint64: 8,
  float32: 4,
  float64: 8,
} as const;

/** The type of a number in a datagram. */
export type BinaryType = keyof typeof BYTES_OF;

/** A number, or several in a row. */
export interface BinaryField {
  /** The number of its first byte, from 0. */
  at: number;
  type: BinaryType;
  endian: Endian;
}

/** The first byte behind a field. */
export function endOf({ at, type }: BinaryField, count = 1): number {
  return at + BYTES_OF[type] * count;
}

/** The number at a place. A float32 has its shortest decimal form: 21.3, not 21.299999237060547. */
export function readField(bytes: Uint8Array, { at, type, endian }: BinaryField): number | bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const isLittle = endian === "little";
  switch (type) {
    case "int8":
      return view.getInt8(at);
    case "uint8":
      return view.getUint8(at);
    case "int16":
      return view.getInt16(at, isLittle);
    case "uint16":
      return view.getUint16(at, isLittle);
    case "int32":
      return view.getInt32(at, isLittle);
    case "uint32":
      return view.getUint32(at, isLittle);
    case "int64":
      return view.getBigInt64(at, isLittle);
    case "uint64":
      return view.getBigUint64(at, isLittle);
    case "float32":
      return shortestFloat32(view.getFloat32(at, isLittle));
    case "float64":
      return view.getFloat64(at, isLittle);
  }
}

/** Several numbers in a row, from a place on. */
export function readNumbers(bytes: Uint8Array, field: BinaryField, count: number): number[] {
  return Array.from(
    { length: count },
    (_, index) => Number(readField(bytes, { ...field, at: field.at + BYTES_OF[field.type] * index })),
  );
}

/** Writes a number to its place. */
export function writeField(bytes: Uint8Array, { at, type, endian }: BinaryField, value: number | bigint): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const isLittle = endian === "little";
  if (type === "float32") view.setFloat32(at, Number(value), isLittle);
  else if (type === "float64") view.setFloat64(at, Number(value), isLittle);
  else if (BYTES_OF[type] === 8) view.setBigUint64(at, BigInt.asUintN(64, BigInt(value)), isLittle);
  else if (BYTES_OF[type] === 4) view.setUint32(at, Number(value), isLittle);
  else if (BYTES_OF[type] === 2) view.setUint16(at, Number(value), isLittle);
  else view.setUint8(at, Number(value));
}
