/**
 * `scale` and `offset` in decimal: no digit of the instrument's is lost, and none is added, as binary fractions would add
 * them. 3 times 0.1 is 0.3.
 *
 * @module
 */

/** The factor and the summand between the instrument's number and the value. */
export interface Scaling {
  scale: number;
  offset: number;
}

/** `digits` times ten to the power `exponent`. */
interface Decimal {
  digits: bigint;
  exponent: number;
}

/** Digits of a quotient beyond those of the divisor: more than a number holds. */
const QUOTIENT_DIGITS = 40;

/**
 * The value of the instrument's number: the number nearest to `raw * scale + offset`, all in decimal.
 *
 * @example
 * ```ts
 * import { scaled } from "./decimal.ts";
 *
 * console.assert(3 * 0.1 === 0.30000000000000004);
 * console.assert(scaled(3, { scale: 0.1, offset: 0 }) === 0.3);
 * ```
 */
export function scaled(raw: number | bigint, { scale, offset }: Scaling): number {
  if (scale === 1 && offset === 0) return Number(raw);
  if (typeof raw === "number" && !Number.isFinite(raw)) return raw * scale;
  const [a, b] = [decimalOf(raw), decimalOf(scale)];
  return numberOf(sum({ digits: a.digits * b.digits, exponent: a.exponent + b.exponent }, decimalOf(offset)));
}

/** The instrument's number for a value, as {@linkcode scaled}; infinite if it is beyond the largest number. */
export function unscaled(value: number, { scale, offset }: Scaling): number {
  if (scale === 1 && offset === 0) return value;
  const [a, b] = [sum(decimalOf(value), decimalOf(-offset)), decimalOf(scale)];
  const places = QUOTIENT_DIGITS + String(b.digits).length;
  const digits = a.digits * 10n ** BigInt(places) / b.digits;
  return numberOf({ digits, exponent: a.exponent - b.exponent - places });
}

function decimalOf(number: number | bigint): Decimal {
  if (typeof number === "bigint") return { digits: number, exponent: 0 };
  const [mantissa, exponent = "0"] = String(number).split("e");
  const [whole, fraction = ""] = mantissa.split(".");
  return { digits: BigInt(whole + fraction), exponent: Number(exponent) - fraction.length };
}

function sum(a: Decimal, b: Decimal): Decimal {
  if (a.digits === 0n) return b;
  if (b.digits === 0n) return a;
  const exponent = Math.min(a.exponent, b.exponent);
  const digitsOf = (it: Decimal) => it.digits * 10n ** BigInt(it.exponent - exponent);
  return { digits: digitsOf(a) + digitsOf(b), exponent };
}

function numberOf({ digits, exponent }: Decimal): number {
  return Number(`${digits}e${exponent}`);
}
