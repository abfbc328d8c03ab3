import { inexactNumber } from "../../format/exact_json.ts";

/** An integer that JavaScript may round: of 16 digits and more. The digits behind a point are none. */
const MAYBE_INEXACT = /(?:^|[^\d.])\d{16}/;

/** Parts of `JSON` that TypeScript does not know yet. */
const { rawJSON, isRawJSON } = JSON as unknown as { rawJSON(text: string): object; isRawJSON(value: unknown): boolean };

/** True for an integer whose digits JavaScript would not write, as {@linkcode parseKeepingIntegers} gives it. */
export const isExactInteger = (value: unknown): boolean => isRawJSON(value);

/**
 * The value of a JSON text. An integer beyond 2^53 keeps its digits: where JavaScript does not write a number with these digits,
 * it is an object that `JSON.stringify` writes as they are.
 */
export function parseKeepingIntegers(text: string): unknown {
  if (!MAYBE_INEXACT.test(text)) return JSON.parse(text);
  return JSON.parse(
    text,
    ((_: string, value: unknown, { source }: { source?: string }) => {
      const isRounded = typeof value === "number" && source !== undefined && /^-?\d{16,}$/.test(source) &&
        String(value) !== source;
      return isRounded ? rawJSON(source) : value;
    }) as (key: string, value: unknown) => unknown,
  );
}

/** An integer with its digits as a number, where a number has them all; any other value as it is. */
export function asNumber(value: unknown): unknown {
  if (!isExactInteger(value)) return value;
  const text = JSON.stringify(value);
  return inexactNumber(text, Number(text)) === undefined ? Number(text) : value;
}
