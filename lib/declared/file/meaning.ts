/**
 * The meaning of a value: the quantity or the state that its number or text stands for. It is the same for all
 * transports.
 *
 * @module
 */
import { z } from "zod";
import { LabError } from "../../errors.ts";
import { scaled, type Scaling, unscaled } from "../decimal.ts";
import { isNumberText, joinedSign } from "../text_address.ts";
import { choiceOf, choiceSchema, choicesKey, namesOf, plain, rawOfChoice } from "./choices.ts";
import type { Raw, Reading, ValueType, WaveformArray } from "../transport.ts";

const finite = z.number({ error: "a number" });
const text = z.string({ error: "a text" });

/** The keys that a value and a setting have in common. */
const shared = {
  summary: text.optional().meta({ description: "One line, for people" }),
  unit: text.optional().meta({ description: "The unit after `scale` and `offset`, such as `V` or `°C`" }),
  scale: finite.refine((it) => it !== 0, "a number other than 0").default(1).meta({
    description: "The value is the instrument's number times `scale` plus `offset`",
  }),
  offset: finite.default(0).meta({ description: "See `scale`; in units of the value" }),
  example: z.union([z.string(), z.number(), z.boolean()], { error: "a text, a number, true or false" }).optional().meta(
    {
      description: "What the instrument sends, as it stands in its manual; a fake instrument begins with it",
    },
  ),
  choices: choicesKey,
};

/** The answers of the instrument where it has no value: a list, or a mapping from a reason to it. */
const missingKey = z.union([
  z.array(z.union([z.string(), z.number()])).min(1),
  z.record(z.string(), z.union([z.string(), z.number()])),
], { error: "a list of what the instrument says, or a mapping from reasons to it" }).optional().meta({
  description: "What it says where it has no value, as it says it: `[---, 32767]`, or with reasons, `{ open: 32767 }`",
});

/** The type, for transports whose addresses do not name it. */
export const typeKey = {
  type: z.enum(["number", "integer", "boolean", "text", "array"], {
    error: "one of number, integer, boolean, text, array",
  }).default("number").meta({
    description: "The type of the value; a boolean is 1, 0, ON, OFF, true or false; an array is a list of numbers",
  }),
};

/** The keys of a value's meaning. */
export const valueMeaning = {
  ...shared,
  min: finite.optional().meta({ description: "Below it, the value is marked in `quality`" }),
  max: finite.optional().meta({ description: "Above it, the value is marked in `quality`" }),
  missing: missingKey,
};

/** The keys of a setting's meaning. */
export const settingMeaning = {
  ...shared,
  min: finite.optional().meta({ description: "The smallest value that may be set" }),
  max: finite.optional().meta({ description: "The largest value that may be set" }),
  step: finite.positive("a number above 0").optional().meta({
    description: "The step of the control on the front panel; it restricts nothing",
  }),
};

/** The meaning of a value or a setting, as the file has it. */
export type Meaning =
  & z.output<z.ZodObject<typeof settingMeaning>>
  & Pick<z.output<z.ZodObject<typeof valueMeaning>>, "missing">;

/** A value as a sample and a property show it. */
export type SampleValue = number | string | boolean | readonly number[] | WaveformArray;

/** A value, the reason why it is missing, or both. */
export interface Meant {
  value: SampleValue | null;
  quality?: string;
}

/** One value of the file, with everything that is needed to understand it. */
export interface Meaningful {
  type: ValueType;
  meaning: Meaning;
}

/** The schema of a value, with its unit. */
export function valueSchema({ type, meaning }: Meaningful, { limited }: { limited: boolean }): z.ZodType {
  const { unit, summary, step } = meaning;
  const schema = bareSchema(type, meaning, limited);
  return schema.meta({
    ...(unit !== undefined && { unit }),
    ...(summary !== undefined && { description: summary }),
    ...(step !== undefined && { step }),
  });
}

function bareSchema(type: ValueType, { choices, scale, offset, min, max }: Meaning, limited: boolean): z.ZodType {
  if (choices) return choiceSchema(choices, type);
  if (type === "text") return z.string();
  if (type === "boolean") return z.boolean();
  if (type === "array") return z.array(z.number());
  let number = type === "integer" && Number.isInteger(scale) && Number.isInteger(offset) ? z.int() : z.number();
  if (limited && min !== undefined) number = number.min(min);
  if (limited && max !== undefined) number = number.max(max);
  return number;
}

/**
 * The value that a reading stands for. What cannot be understood is `null` with the reason.
 *
 * @throws {Error} if the instrument's answer is not of the type at all: something else answers than was expected.
 */
export function meant({ raw, quality }: Reading, { type, meaning }: Meaningful): Meant {
  if (raw === undefined) return { value: null, quality: quality ?? "no value" };
  const reason = meaning.missing && choiceOf(raw, meaning.missing, "text");
  if (reason !== undefined) return { value: null, quality: String(reason) };
  const value = meaning.choices ? choiceOf(raw, meaning.choices, type) : typed(raw, type, meaning);
  if (value === undefined) {
    return { value: null, quality: `${show(raw)} is none of ${namesOf(meaning.choices!).join(", ")}` };
  }
  if (typeof value !== "number") return { value, ...(quality !== undefined && { quality }) };
  if (!Number.isFinite(value)) return { value: null, quality: quality ?? (isNaN(value) ? "not a number" : "overload") };
  const doubt = quality ?? (type === "integer" ? lossOf(raw, value, meaning) : undefined) ?? outside(value, meaning);
  return { value, ...(doubt !== undefined && { quality: doubt }) };
}

/**
 * The number or text that the instrument takes for a value.
 *
 * @throws {LabError} `InvalidRequest`, if no number is large enough.
 */
export function rawOf(value: SampleValue, { type, meaning }: Meaningful): Raw {
  if (meaning.choices) return rawOfChoice(value, meaning.choices);
  if (type === "text" || typeof value === "string" || typeof value === "boolean") return value;
  return typeof value === "number" ? rawNumber(value, meaning) : Array.from(value, (it) => rawNumber(it, meaning));
}

function rawNumber(value: number, { scale, offset }: Scaling): number {
  const raw = unscaled(value, { scale, offset });
  if (Number.isFinite(raw)) return raw;
  const reason = `with scale ${scale} and offset ${offset} it is beyond the largest number, ${Number.MAX_VALUE}`;
  throw new LabError("InvalidRequest", `Cannot send ${value}: ${reason}`);
}

/** An integer beyond 2^53 that the value, a number of JavaScript, is not. */
function lossOf(raw: Raw, value: number, { scale, offset }: Scaling): string | undefined {
  const digits = typeof raw === "string" ? joinedSign(raw) : String(raw);
  if (Number.isSafeInteger(value) || scale !== 1 || offset !== 0 || !/^[-+]?\d+$/.test(digits)) return;
  return BigInt(digits) === BigInt(value) ? undefined : `rounded: the instrument has ${digits}`;
}

function outside(value: number, { min, max, unit }: Meaning): string | undefined {
  const inUnit = (limit: number) => `${limit}${unit ? ` ${unit}` : ""}`;
  if (min !== undefined && value < min) return `below ${inUnit(min)}`;
  if (max !== undefined && value > max) return `above ${inUnit(max)}`;
}

function typed(raw: Raw, type: ValueType, { scale, offset }: Scaling): SampleValue {
  if (type === "text") return typeof raw === "string" ? raw.trim().replace(/^"(.*)"$/, "$1") : String(raw);
  if (type === "boolean") return toBoolean(raw);
  if (type === "array") return toArray(raw, scale, offset);
  const value = scaled(typeof raw === "bigint" ? raw : toNumber(raw), { scale, offset });
  if (
    type === "integer" && Number.isInteger(scale) && Number.isInteger(offset) && isFinite(value) &&
    !Number.isInteger(value)
  ) {
    throw new Error(`expected a whole number, found ${show(raw)}`);
  }
  return value;
}

function toNumber(raw: Raw): number {
  if (typeof raw === "number") return raw;
  if (typeof raw === "bigint" || typeof raw === "boolean") return Number(raw);
  const text = typeof raw === "string" ? joinedSign(raw) : "";
  if (isNumberText(text)) return Number(text);
  if (/^[-+]?nan$/i.test(text)) return NaN;
  if (/^([-+]?inf(inity)?|ninf)$/i.test(text)) return /^(-|n)/i.test(text) ? -Infinity : Infinity;
  throw new Error(`expected a number, found ${show(raw)}`);
}

function toBoolean(raw: Raw): boolean {
  const text = plain(raw);
  if (/^(on|true)$/.test(text)) return true;
  if (/^(off|false)$/.test(text)) return false;
  if (isNumberText(text)) return Number(text) !== 0;
  throw new Error(`expected 1, 0, ON, OFF, true or false, found ${show(raw)}`);
}

function toArray(found: Raw, scale: number, offset: number): readonly number[] | WaveformArray {
  const raw = typeof found === "string" ? found.trim().split(/[,;\s]+/).map(toNumber) : found;
  if (typeof raw !== "object") throw new Error(`expected a list of numbers, found ${show(raw)}`);
  return scale === 1 && offset === 0 ? raw : Float64Array.from(raw, (it) => it * scale + offset);
}

const MAX_SHOWN_CHARS = 80;

function show(raw: Raw): string {
  if (typeof raw === "bigint") return String(raw);
  const text = typeof raw === "object" ? `a list of ${raw.length} numbers` : JSON.stringify(raw);
  return text.length > MAX_SHOWN_CHARS ? `${text.slice(0, MAX_SHOWN_CHARS)}…` : text;
}
