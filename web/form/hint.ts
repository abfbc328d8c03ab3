/** The hints of a field in words. */
import { countWords, rangeWords } from "../../lib/format/schema_words.ts";
import type { Field } from "./field.ts";

const FORMATS: Record<string, string> = {
  "date-time": "a time, such as 2026-01-31T12:00:00Z",
  date: "a date, such as 2026-01-31",
  time: "a time of day, such as 12:30:00",
  duration: "a duration, such as PT1H30M",
  ipv4: "an IP address, such as 192.168.1.20",
  ipv6: "an IPv6 address",
  hostname: "a host name",
  uri: "an address, such as http://192.168.1.20/",
  email: "an e-mail address",
  uuid: "a UUID",
  base64: "base64",
  recording: "the id of a recording",
};

const NOUNS: Record<string, string> = {
  number: "a number",
  text: "a text",
  switch: "yes or no",
  json: "JSON",
  numbers: "numbers",
  choice: "one of a few",
  group: "several values",
  rows: "a list",
  either: "one of several",
};

/** The hint of a field: its description, its limits, its default. */
export function hintOf(field: Field): string {
  const { description } = field.schema;
  const sentence = typeof description === "string" ? description.trim().replace(/\.$/, "") : "";
  const facts = [limitsOf(field), defaultOf(field), emptyOf(field)].filter(Boolean).join("; ");
  return [sentence, facts.slice(0, 1).toUpperCase() + facts.slice(1)].filter(Boolean).map((it) => `${it}.`).join(" ");
}

/** The unit of a number, or of each number in a list. */
export function fieldUnit({ schema }: Field): string {
  const unit = schema.unit ?? (schema.items as Record<string, unknown> | undefined)?.unit;
  return typeof unit === "string" ? unit : "";
}

/** The values of a field: `0 to 50 V, whole`. */
export function limitsOf(field: Field): string {
  const { schema, kind } = field;
  switch (kind) {
    case "number":
      return numberLimits(schema, fieldUnit(field));
    case "numbers": {
      const each = numberLimits(schema.items as Limits, fieldUnit(field));
      return [
        "numbers separated by commas",
        each && `each ${each}`,
        countWords(schema.minItems, schema.maxItems, "number"),
      ]
        .filter(Boolean).join(", ");
    }
    case "rows":
      return countWords(schema.minItems, schema.maxItems, "item");
    case "text":
      return textLimits(schema);
    case "json":
      return "written as JSON";
    default:
      return "";
  }
}

/** The label of one form among several: its constant parts, or its kind of value. */
export function wayLabel(way: Field): string {
  if (way.kind === "fixed") return way.value === null ? "none" : String(way.value);
  if (way.kind === "group") {
    const fixed = way.fields.flatMap((it) => it.kind === "fixed" ? [String(it.value)] : []);
    if (fixed.length) return fixed.join(", ");
    return way.fields.map((it) => it.label.toLowerCase()).join(", ") || "nothing to fill in";
  }
  const unit = fieldUnit(way);
  return unit ? `${NOUNS[way.kind]} in ${unit}` : NOUNS[way.kind];
}

type Limits = Record<string, unknown>;

function numberLimits(limits: Limits, unit: string): string {
  const isWhole = limits.type === "integer" && limits.multipleOf === undefined;
  return [rangeWords(limits, unit), isWhole && "a whole number"].filter(Boolean).join(", ");
}

function textLimits({ minLength, maxLength, format, pattern }: Limits): string {
  const known = typeof format === "string" ? FORMATS[format] ?? format : undefined;
  const shape = known ?? (typeof pattern === "string" ? `of the form ${pattern}` : "");
  return [shape, countWords(minLength === 1 && maxLength === undefined ? undefined : minLength, maxLength, "character")]
    .filter(Boolean).join(", ");
}

function defaultOf(field: Field): string {
  const { initial, inherited, kind } = field;
  if (inherited || initial === undefined || initial === null || !["number", "text", "numbers"].includes(kind)) {
    return "";
  }
  const text = Array.isArray(initial) ? initial.join(", ") : String(initial);
  return text === "" || text.length > 40 ? "" : `default ${text} ${fieldUnit(field)}`.trim();
}

function emptyOf({ nullable, kind }: Field): string {
  return nullable && (kind === "number" || kind === "text") ? "empty for none" : "";
}
