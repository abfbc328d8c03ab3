/**
 * Texts with one place for a value, as Python's `str.format` has them: `VOLT {:.3f}`, `{{"on": {}}}`.
 *
 * @module
 */
import type { z } from "zod";
import { messageOf } from "../errors.ts";
import type { Raw } from "./transport.ts";

/** A template, parsed. */
export interface FormatTemplate {
  /** The text with the value in its place. */
  format(value: Raw): string;
  /** The text before and after the place. */
  before: string;
  after: string;
}

const SPEC = /^(?<sign>[-+ ])?(?<zero>0)?(?<width>\d{1,2})?(?:\.(?<digits>\d{1,2}))?(?<type>[deEfFgGsxX])?$/;

/** The form of a template, for messages. */
export const TEMPLATE_FORM = 'a text with one place for the value, such as "VOLT {}" or "VOLT {:.3f}"';

/**
 * Parses a template. A boolean is written as 1 or 0.
 *
 * @throws {Error} if the template has no place for the value, or several, or a place whose form is unknown.
 *
 * @example
 * ```ts
 * import { parseTemplate } from "./format_spec.ts";
 *
 * console.assert(parseTemplate("VOLT {:.3f}").format(5) === "VOLT 5.000");
 * ```
 */
export function parseTemplate(text: string): FormatTemplate {
  const parts: string[] = text.match(/\{\{|\}\}|\{[^{}]*\}|[{}]|[^{}]+/g) ?? [];
  const isPlace = (part: string) => part.length > 1 && /^\{[^{}]*\}$/.test(part);
  if (parts.some((part) => part === "{" || part === "}")) {
    throw new Error(`${TEMPLATE_FORM}; a brace of the text itself is written twice`);
  }
  const places = parts.filter(isPlace);
  if (places.length !== 1) throw new Error(TEMPLATE_FORM);
  const spec = places[0].slice(1, -1);
  const match = SPEC.exec(spec.replace(/^:/, ""));
  if (!match || (spec !== "" && !spec.startsWith(":"))) {
    throw new Error(`${TEMPLATE_FORM}: {${spec}} is no form of a value; known are d, e, f, g, s and x, as in {:.3f}`);
  }
  const write = writer(match.groups!);
  const index = parts.indexOf(places[0]);
  const literal = (some: string[]) => some.join("").replaceAll("{{", "{").replaceAll("}}", "}");
  const [before, after] = [literal(parts.slice(0, index)), literal(parts.slice(index + 1))];
  return { before, after, format: (value) => before + write(value) + after };
}

/** For `superRefine`: the text is a template. */
export function refineTemplate(text: string, context: z.RefinementCtx): void {
  try {
    parseTemplate(text);
  } catch (error) {
    context.addIssue({ code: "custom", message: messageOf(error) });
  }
}

function writer({ sign = "-", zero, width, digits, type }: Partial<Record<string, string>>): (value: Raw) => string {
  return (value) => {
    const body = bodyOf(typeof value === "boolean" ? Number(value) : value, type, digits);
    const isNumber = typeof value !== "string";
    const [minus, rest] = body.startsWith("-") ? ["-", body.slice(1)] : ["", body];
    const lead = minus || (isNumber && sign !== "-" ? sign : "");
    if (!width) return lead + rest;
    if (zero) return lead + rest.padStart(Number(width) - lead.length, "0");
    return isNumber ? (lead + rest).padStart(Number(width)) : (lead + rest).padEnd(Number(width));
  };
}

function bodyOf(value: Raw, type: string | undefined, digits: string | undefined): string {
  if (type === undefined && digits === undefined) return String(value);
  if (type === "s" || typeof value === "string") {
    return digits === undefined ? String(value) : String(value).slice(0, Number(digits));
  }
  if (typeof value === "object") return Array.from(value, (it) => bodyOf(it, type, digits)).join();
  const number = Number(value);
  const places = digits === undefined ? 6 : Number(digits);
  switch (type) {
    case "d":
      return String(wholeOf(value));
    case "x":
    case "X": {
      const hex = wholeOf(value).toString(16);
      return type === "X" ? hex.toUpperCase() : hex;
    }
    case "f":
    case "F":
      if (Math.abs(number) < 1e21) return number.toFixed(places);
      // toFixed() writes these with an exponent.
      return places > 0 ? `${BigInt(number)}.${"0".repeat(places)}` : String(BigInt(number));
    case "e":
    case "E": {
      const text = number.toExponential(places).replace(/e([-+])(\d)$/, "e$10$2");
      return type === "E" ? text.toUpperCase() : text;
    }
    default: {
      const text = String(Number(number.toPrecision(Math.max(1, places))));
      return type === "G" ? text.toUpperCase() : text;
    }
  }
}

/** The nearest integer: also one so large that a number is written with an exponent. */
function wholeOf(value: number | bigint | boolean): bigint {
  return typeof value === "bigint" ? value : BigInt(Math.round(Number(value)));
}
