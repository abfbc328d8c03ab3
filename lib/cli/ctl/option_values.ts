import { LabError } from "../../errors.ts";
import { parseDuration } from "../../format/duration.ts";
import type { Given } from "./command.ts";

/**
 * The value of an option that has only a few; the first if it is not given.
 *
 * @throws {LabError} `InvalidRequest`, as all here do for what the option cannot be.
 */
export function choiceOf<Value extends string>(given: Given, option: string, choices: readonly Value[]): Value {
  const text = given.value(option) ?? choices[0];
  const found = choices.find((each) => each === text);
  if (found === undefined) throw refusal(`--${option} is ${choices.join(" or ")}, found "${text}"`);
  return found;
}

/** `--count`: how many, if it is given. */
export function countOf(given: Given): number | undefined {
  const text = given.value("count");
  if (text === undefined) return undefined;
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw refusal(`--count is a whole number from 1, found "${text}"`);
}

/** `--max-rate`: how many samples a second, if it is given. */
export function maxRateOf(given: Given): number | undefined {
  const text = given.value("max-rate");
  if (text === undefined) return undefined;
  if (Number(text) > 0 && Number(text) < Infinity) return Number(text);
  throw refusal(`--max-rate is a number of samples a second, found "${text}"`);
}

/** A length of time in seconds, if it is given. */
export function secondsOf(given: Given, option: string): number | undefined {
  const text = given.value(option);
  return text === undefined ? undefined : parseDuration(text) / 1000;
}

function refusal(message: string): LabError {
  return new LabError("InvalidRequest", message);
}
