/** An integer that JavaScript may round: of 16 digits and more. The digits behind a point are none. */
const MAYBE_INEXACT = /(?:^|[^\d.])\d{16}/;

/** Parts of `JSON` that TypeScript does not know yet. */
const { rawJSON, isRawJSON } = JSON as unknown as { rawJSON(text: string): object; isRawJSON(value: unknown): boolean };

/** True for an integer beyond 2^53, as {@linkcode parseKeepingIntegers} gives it. */
export const isExactInteger = (value: unknown): boolean => isRawJSON(value);

/** The value of a JSON text. An integer beyond 2^53 keeps its digits: it is an object that `JSON.stringify` writes as they are. */
export function parseKeepingIntegers(text: string): unknown {
  if (!MAYBE_INEXACT.test(text)) return JSON.parse(text);
  return JSON.parse(
    text,
    ((_: string, value: unknown, context: { source?: string }) => {
      const { source } = context;
      const isRounded = typeof value === "number" && source !== undefined && /^-?\d+$/.test(source) &&
        !Number.isSafeInteger(value) && BigInt(value) !== BigInt(source);
      return isRounded ? rawJSON(source) : value;
    }) as (key: string, value: unknown) => unknown,
  );
}
