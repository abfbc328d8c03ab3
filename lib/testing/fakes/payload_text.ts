import { parseJsonPath } from "../../declared/json_path.ts";
import type { PayloadPart } from "../../declared/payload.ts";
import { matchingText } from "./matching_text.ts";

/** A payload with these values at their places: JSON where one of them has a path, else a text. */
export function payloadText(values: readonly { address: PayloadPart; value: unknown }[]): string {
  const inJson = values.filter(({ address: { json } }) => json !== undefined);
  if (inJson.length > 0) return jsonOf(inJson.map(({ address: { json }, value }) => [json!, value]));
  const isList = values.some(({ address: { field } }) => field !== undefined);
  const texts: string[] = [];
  for (const { address: { match, field = 1 }, value } of values) {
    const text = String(value);
    const matching = match === undefined ? text : matchingText(match, text) ?? text;
    // Without fields, several patterns find their values in one text.
    texts[isList ? field - 1 : texts.length] = matching;
  }
  const { separator = "," } = values[0]?.address ?? {};
  return Array.from(texts, (text) => text ?? "0").join(isList ? separator : " ");
}

/** The JSON with values at their paths. */
export function jsonOf(values: readonly [path: string, value: unknown][]): string {
  const root: { $?: unknown } = {};
  for (const [path, value] of values) {
    const steps = ["$", ...parseJsonPath(path)];
    let parent = root as Record<string | number, unknown>;
    for (const [i, step] of steps.slice(0, -1).entries()) {
      parent = (parent[step] ??= typeof steps[i + 1] === "number" ? [] : {}) as Record<string | number, unknown>;
    }
    parent[steps.at(-1)!] = value;
  }
  return JSON.stringify(root.$);
}
