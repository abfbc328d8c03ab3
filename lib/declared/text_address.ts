/**
 * The part of an answer that is the value: for transports that read texts.
 *
 * @module
 */
import { z } from "zod";
import { patternOf, patternSchema } from "./pattern.ts";

/** The keys that choose a part of an answer. */
export const partKeys = {
  match: patternSchema.optional().meta({
    description: "A regular expression; the value is its first group, or all that it matches without a group",
  }),
  field: z.int("a whole number").min(1, "1 or more").optional().meta({
    description: "The number of the field, from 1, where the answer is a list",
  }),
  separator: z.string({ error: "a text" }).min(1, "a text that is not empty").default(",").meta({
    description: "What separates the fields",
  }),
};

/** The keys of a part, as they were parsed. */
export interface TextPart {
  match?: string;
  field?: number;
  separator: string;
}

/**
 * The part of an answer.
 *
 * @throws {Error} with the answer, if it has no such part.
 */
export function partOf(answer: string, { match, field, separator }: TextPart): string {
  let text = answer;
  if (field !== undefined) {
    const fields = answer.split(separator);
    if (fields.length < field) throw new Error(`expected ${field} fields or more, found ${shown(answer)}`);
    text = fields[field - 1].trim();
  }
  if (match === undefined) return text;
  const found = patternOf(match).exec(text);
  if (!found) throw new Error(`expected /${match}/, found ${shown(text)}`);
  const [whole, first] = found.groups;
  return first ?? whole!;
}

/** True for a text that is a decimal number. */
export function isNumberText(text: string): boolean {
  return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text);
}

/** A text that is to be a number, without blanks around it and behind its sign: balances print `+   12.345`. */
export function joinedSign(text: string): string {
  return text.trim().replace(/^([-+])\s+/, "$1");
}

/** True for a text that is a number, or stands for none: `NaN`, `-inf`. */
export function isNumberLike(text: string): boolean {
  const trimmed = joinedSign(text);
  return isNumberText(trimmed) || /^([-+]?(nan|inf(inity)?)|ninf)$/i.test(trimmed);
}

const MAX_SHOWN_CHARS = 200;

/** A text as it is quoted in an error. */
export function shown(text: string): string {
  return JSON.stringify(text.length > MAX_SHOWN_CHARS ? `${text.slice(0, MAX_SHOWN_CHARS)}…` : text);
}
