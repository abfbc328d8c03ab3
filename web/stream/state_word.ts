import { STATES } from "../words/states.ts";
import { ABSENT } from "./picture.ts";

/** A state of the wire in words; a state that this page does not know stays as it is. */
export function wordOf(state: string): string {
  if (state === ABSENT) return "Not on the bench";
  return isKnown(state) ? STATES[state].word : state;
}

/** True for a state that this page has words for. */
export function isKnown(state: string): state is keyof typeof STATES {
  return Object.hasOwn(STATES, state);
}
