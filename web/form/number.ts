/**
 * Numbers as people type them. A browser's number field silently drops the comma of `0,5`. Here a text is its number, or an
 * error.
 *
 * @module
 */
import { shortened } from "../../lib/errors.ts";
import { inexactNumber } from "../../lib/format/exact_json.ts";

/** A number as in JSON, with any sign. */
const NUMBER = /^[+-]?(0|[1-9]\d*)(\.\d+)?(e[+-]?\d+)?$/i;

/** The reason why a text is not a number to send; `undefined` if it is one, and `Number()` reads it. */
export function whyNoNumber(text: string): string | undefined {
  if (!NUMBER.test(text)) return `${shortened(text)} is not a number; write ${meantBy(text)}`;
  const number = Number(text);
  if (!Number.isFinite(number)) return `${shortened(text)} is too large for a number`;
  if (number === 0 && /[1-9]/.test(text.split(/e/i)[0])) return `${shortened(text)} is too small for a number; write 0`;
  // Each digit of a whole number counts.
  if (inexactNumber(text, number)) {
    return `${shortened(text)} has more digits than a number keeps: the nearest is ${number}`;
  }
}

/** The suggestion for a text that is not a number. */
function meantBy(text: string): string {
  const plain = text.replace("\u2212", "-").replace(",", ".").replace(/^([+-]?)0+(?=\d)/, "$1")
    .replace(/(?<!\d)\./, "0.").replace(/\.(?!\d)/, "");
  if (!NUMBER.test(plain)) return "it like 1500, 0.5 or 2e-3";
  // Some write a thousand so.
  return /^[+-]?[1-9]\d{0,2},\d{3}$/.test(text) ? `${plain} or ${text.replace(",", "")}` : plain;
}

/** The numbers of a list as texts; `undefined` if a comma may separate two of them as well as stand in one. */
export function splitNumbers(text: string, areIntegers: boolean): string[] | undefined {
  const inner = text.replace(/^\[|\]$/g, "").trim();
  const separators: string[] = inner.match(/\s*[,;]\s*|\s+/g) ?? [];
  const isJson = /^\[[^]*\]$/.test(text) && separators.every((it) => it.includes(","));
  const isOneKind = separators.every((it) => it === ",") && (areIntegers || separators.length > 1);
  if (separators.includes(",") && !isJson && !isOneKind) return undefined;
  return inner.split(/[\s,;]+/).filter(Boolean);
}
