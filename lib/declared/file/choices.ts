/**
 * The key `choices` of a value: the few values that there are.
 *
 * @module
 */
import { z } from "zod";
import { isNumberText } from "../text_address.ts";
import type { Raw, ValueType } from "../transport.ts";

const choice = z.union([z.string(), z.number()]);

/** A list of the instrument's words, or a mapping from names to the instrument's words or numbers. */
type Choices = (string | number)[] | Record<string, string | number>;

/** The key `choices` as the file has it. */
export const choicesKey = z.union([
  z.array(choice).min(1),
  z.record(z.string(), choice).refine((it) => Object.keys(it).length > 0),
], { error: "a list of texts, or a mapping from names to what the instrument says" }).optional().meta({
  description:
    "The values there are: a list of what the instrument says, or a mapping from a name to it, `{ local: 0, remote: 1 }`; " +
    "the names `true` and `false` make a boolean",
});

/** The schema of a value with choices. */
export function choiceSchema(choices: Choices, type: ValueType): z.ZodType {
  const kind = kindOf(choices, type);
  if (kind === "boolean") return z.boolean();
  const names = namesOf(choices);
  return kind === "number" ? z.literal(names.map(Number)) : z.enum(names);
}

/**
 * The choice that is meant, or `undefined`. Texts are compared without case, numbers by their value: `1`, `+1` and `1.0`
 * are equal. A boolean is 1 or true, 0 or false.
 */
export function choiceOf(raw: Raw, choices: Choices, type: ValueType): string | number | boolean | undefined {
  const isSame = (choice: string | number) => {
    const [a, b] = [plain(raw), plain(choice)];
    return a === b || b === String(raw) || (isNumberText(a) && isNumberText(b) && Number(a) === Number(b));
  };
  const names = namesOf(choices);
  const name = names[Object.values(choices).findIndex(isSame)];
  if (name === undefined) return;
  const kind = kindOf(choices, type);
  return kind === "number" ? Number(name) : kind === "boolean" ? name === "true" : name;
}

/** The raw value that the instrument takes for a choice. */
export function rawOfChoice(value: unknown, choices: Choices): string | number {
  return Object.values(choices)[namesOf(choices).indexOf(String(value))];
}

/** The names of the choices, as texts. */
export function namesOf(choices: Choices): string[] {
  return Array.isArray(choices) ? choices.map(String) : Object.keys(choices);
}

/** A text without quotation marks, in lower case. A boolean is the number of its bit here. */
export function plain(raw: Raw): string {
  return String(typeof raw === "boolean" ? Number(raw) : raw).trim().replace(/^"(.*)"$/, "$1").toLowerCase();
}

/** A list of numbers is numbers; the names `true` and `false` are a boolean; all other choices are texts. */
function kindOf(choices: Choices, type: ValueType): "number" | "boolean" | "text" {
  if (!Array.isArray(choices)) return Object.keys(choices).sort().join() === "false,true" ? "boolean" : "text";
  return type !== "text" && isNumbers(choices) ? "number" : "text";
}

/** True for a list of numbers. */
export function isNumbers(choices: Choices): boolean {
  return Array.isArray(choices) && choices.every((it) => typeof it === "number");
}
