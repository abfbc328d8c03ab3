import { closestName } from "../format/closest_name.ts";

/** Ends a declaration that cannot work. `key` is the key of the declaration that has to change. */
export type Refuse = (problem: string, key?: string) => never;

/** Refuses keys that are not known: a misspelt one would have no effect. */
export function refuseUnknownKeys(what: string, value: object, known: readonly string[], refuse: Refuse): void {
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue;
    const near = closestName(key, known);
    const advice = near === undefined ? `known are ${known.join(", ")}` : `did you mean "${near}"?`;
    refuse(`${what} has the unknown key "${key}"; ${advice}`, key);
  }
}
