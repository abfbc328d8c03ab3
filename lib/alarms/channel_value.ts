import { channels, nameOf } from "../format/channels.ts";
import { unpackArray } from "../wire/packed_array.ts";

/** The numbers of a channel in one payload: one number, those of a list or an array, or no number. */
export function channelNumbers(payload: unknown, channel: string): ArrayLike<number | bigint> {
  const found = channels(payload).find(([path]) => nameOf(path) === channel)?.[1];
  if (typeof found === "number") return [found];
  if (typeof found === "boolean") return [Number(found)];
  if (Array.isArray(found)) return found.flat(Infinity).filter((value) => typeof value === "number");
  return unpackArray(found) ?? [];
}

/** The smallest and the largest of some numbers, without NaN; `undefined` if there is none. */
export function extremes(numbers: ArrayLike<number | bigint>): { low: number; high: number } | undefined {
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < numbers.length; i++) {
    const value = Number(numbers[i]);
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? { low, high } : undefined;
}
