import type { JsonSchema } from "../../lib/client/mod.ts";
import type { Issue } from "../../lib/wire/error_report.ts";
import { choiceText, type Draft, isGiven, isTouched, rowsOf, textOf, wayOf } from "./draft.ts";
import type { Field } from "./field.ts";
import { splitNumbers, whyNoNumber } from "./number.ts";

/** The value of a form, or its issues. */
export interface FormValue {
  value: unknown;
  /** The entries that cannot be sent. The daemon validates the others. */
  issues: Issue[];
}

/**
 * Reads a form. An untouched or emptied field is left out: the daemon applies its default. An ambiguous or invalid number is
 * an issue.
 */
export function readForm(form: Field, draft: Draft): FormValue {
  const issues: Issue[] = [];
  const value = read(form, draft, issues);
  return { value, issues };
}

/** `undefined` is left out. */
function read(field: Field, draft: Draft, issues: Issue[]): unknown {
  const { path, initial, inherited, required } = field;
  if (field.kind === "fixed") return field.value;
  if (path && initial !== undefined && !isTouched(draft, path)) return inherited ? initial : undefined;
  switch (field.kind) {
    case "group": {
      if (!isGiven(field, draft)) return undefined;
      const values = field.fields.map((it) => [it.key, read(it, draft, issues)] as const);
      if (field.isList) return values.map(([, value]) => value ?? null);
      return Object.fromEntries(values.filter(([, value]) => value !== undefined));
    }
    case "rows": {
      const length = rowsOf(field, draft);
      if (length === 0 && !required && initial === undefined) return undefined;
      return Array.from({ length }, (_, index) => read(field.item(index), draft, issues) ?? null);
    }
    case "either": {
      const way = field.ways[wayOf(field, draft)];
      return way && read(way, draft, issues);
    }
    default:
      return readText(field, draft, issues);
  }
}

function readText(field: Field, draft: Draft, issues: Issue[]): unknown {
  const { path, kind, initial, required, nullable } = field;
  const typed = textOf(field, draft);
  const text = kind === "text" ? typed : typed.trim();
  if (kind === "switch") return text === "true";
  if (text === "") {
    const isEmptied = path in draft;
    const isWanted = required || (isEmptied && initial !== undefined);
    if (kind === "numbers") return isWanted ? [] : undefined;
    if (nullable && kind !== "choice" && kind !== "json" && (required || isEmptied)) return null;
    // A field that was emptied holds an empty text.
    return kind === "text" && isEmptied && isWanted ? "" : undefined;
  }
  switch (kind) {
    case "number":
      return readNumbers([text], path, issues)[0];
    case "numbers": {
      const areIntegers = (field.schema.items as JsonSchema | undefined)?.type === "integer";
      return readNumbers(splitNumbers(text, areIntegers), path, issues);
    }
    case "choice": {
      const choice = field.choices.find((it) => choiceText(it) === text);
      return choice ? choice.value : text;
    }
    case "json":
      return readJson(path, text, issues);
    default:
      return text;
  }
}

function readNumbers(texts: string[] | undefined, path: string, issues: Issue[]): number[] {
  const why = texts ? texts.map(whyNoNumber).find(Boolean) : UNCLEAR;
  if (why) issues.push({ path, message: why });
  return texts?.map(Number) ?? [];
}

const UNCLEAR =
  "A comma may separate two numbers or stand in one: write a space after one that separates, and 0.5 for 0,5";

function readJson(path: string, text: string, issues: Issue[]): unknown {
  try {
    return JSON.parse(text, (_, value: unknown, { source }: { source?: string } = {}) => {
      const why = typeof value === "number" && whyNoNumber(source ?? String(value));
      if (why) issues.push({ path, message: why });
      return value;
    });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    issues.push({ path, message: `This is not JSON: ${why}. Texts stand in double quotes, as in {"mode": "fast"}` });
  }
}
