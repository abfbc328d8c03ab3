import { sentinel } from "../../../format/sentinels.ts";
import type { Reading } from "../../transport.ts";

const NUMBER = /^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*$/i;

/**
 * The reading of an answer: a text; or the reason why there is no value, where the number is one of SCPI's that stand for
 * overload and for not a number.
 */
export function readingOf(text: string): Reading {
  const reason = NUMBER.test(text) ? sentinel(Number(text)) : undefined;
  return reason ? { quality: `${reason} (${text.trim()})` } : { raw: text };
}
