/** A driver's schemas as a programmer would write them. */
import type { JsonSchema, MethodDescription } from "../../lib/client/mod.ts";
import { choiceText } from "../form/draft.ts";
import type { Field } from "../form/field.ts";
import { formOf } from "../form/form_of.ts";
import { fieldUnit } from "../form/hint.ts";

/** `set_high(volts: number V)`. */
export function signatureOf({ name, input }: MethodDescription): string {
  return `${name}(${
    partsOf(input).map(({ key, required, ...field }) => `${key}${required ? "" : "?"}: ${typeOf(field as Field)}`).join(
      ", ",
    )
  })`;
}

/** The fields of an object's schema. */
export function partsOf(schema: JsonSchema): Field[] {
  const form = formOf(schema);
  return form.kind === "group" ? form.fields : [];
}

/** The type of a value: `number V`, `"slow" | "fast"`, `{ low: number; high: number }`. */
export function typeOf(field: Field): string {
  const nullable = field.nullable && field.kind !== "choice" && field.kind !== "either" ? " | null" : "";
  const unit = fieldUnit(field);
  return `${bareType(field)}${unit && ` ${unit}`}${nullable}`;
}

function bareType(field: Field): string {
  switch (field.kind) {
    case "number":
      return String(field.schema.type);
    case "numbers":
      return "number[]";
    case "text":
      return "string";
    case "switch":
      return "boolean";
    case "fixed":
      return JSON.stringify(field.value);
    case "choice":
      return field.choices.map(({ value }) => typeof value === "string" ? JSON.stringify(value) : choiceText({ value }))
        .join(" | ");
    case "group": {
      if (field.isList) return `[${field.fields.map(typeOf).join(", ")}]`;
      return `{ ${field.fields.map((it) => `${it.key}${it.required ? "" : "?"}: ${typeOf(it)}`).join("; ")} }`;
    }
    case "rows":
      return listOf(typeOf(field.item(0)));
    case "either":
      return field.ways.map(typeOf).join(" | ");
    case "json":
      return typeof field.schema.type === "string" ? field.schema.type : "any";
  }
}

function listOf(type: string): string {
  return type.includes(" ") ? `(${type})[]` : `${type}[]`;
}
