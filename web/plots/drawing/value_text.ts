import { sentinel } from "../../../lib/format/sentinels.ts";
import type { Value } from "../../stream/channels.ts";
import { count, withUnit } from "../../words/quantities.ts";

/**
 * A value of a channel as text: a number with its unit, and any other value in words. The number gets the prefix that
 * suits the size `like`.
 */
export function valueText(value: Value | null | undefined, unit: string, digits?: number, like?: number): string {
  if (typeof value === "object" && value !== null) {
    if (!("width" in value)) return count(value.length, "point");
    return `${value.width} × ${value.values.length / value.width}`;
  }
  if (typeof value === "number") return sentinel(value) ?? withUnit(value, unit, digits, like);
  if (typeof value === "bigint") return `${value} ${unit}`.trim();
  return value === true ? "yes" : value === false ? "no" : value ?? "–";
}
