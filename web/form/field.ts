/**
 * The fields of a form.
 *
 * @module
 */
import type { JsonSchema } from "../../lib/client/mod.ts";

/** The properties of every field. */
export interface FieldFacts {
  /** The place of its value, as in the daemon's errors: `channels[2].gain`. */
  path: string;
  /** The key of the field in its parent; for an item of a list, its place. */
  key: string;
  label: string;
  /** The schema of the field, for its words and limits. */
  schema: JsonSchema;
  /** True if it must be given. */
  required: boolean;
  /** The value of a field that the person leaves untouched. */
  initial: unknown;
  /** `initial` is part of a larger default, which the daemon does not fill in piece by piece: it is sent. */
  inherited: boolean;
  /** True if the value may be `null`: an empty input then means `null`. */
  nullable: boolean;
}

/** One value that can be picked. */
export interface Choice {
  value: unknown;
  label: string;
}

/** The input of a value, by the kind of its field. */
export type FieldKind =
  | { kind: "number" | "text" | "switch" | "json" }
  /** A list of numbers, in one line. */
  | { kind: "numbers" }
  | { kind: "choice"; choices: Choice[] }
  /** A field with exactly one possible value. */
  | { kind: "fixed"; value: unknown }
  /** An object; or a list, if each of its places has a meaning of its own. */
  | { kind: "group"; fields: Field[]; isList: boolean }
  /** A list of any length. */
  | { kind: "rows"; item: (index: number) => Field }
  /** One of several forms. */
  | { kind: "either"; ways: Field[] };

/** One thing that a form asks for. */
export type Field = FieldFacts & FieldKind;

/** True if a field can hold a value. */
export function fits(field: Field, value: unknown): boolean {
  if (value === undefined) return false;
  if (value === null) return field.nullable || field.kind === "json" || field.kind === "fixed" && field.value === null;
  switch (field.kind) {
    case "number":
      return typeof value === "number";
    case "text":
      return typeof value === "string";
    case "switch":
      return typeof value === "boolean";
    case "fixed":
      return field.value === value;
    case "choice":
      return field.choices.some((choice) => choice.value === value);
    case "numbers":
    case "rows":
      return Array.isArray(value);
    case "group": {
      if (field.isList) return Array.isArray(value);
      if (!isObject(value)) return false;
      const isKnown = Object.keys(value).every((key) => field.fields.some((it) => it.key === key));
      return isKnown &&
        field.fields.every((it) => value[it.key] === undefined ? !it.required : fits(it, value[it.key]));
    }
    case "either":
      return field.ways.some((way) => fits(way, value));
    case "json":
      return true;
  }
}

/** True for an object with keys. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
