/**
 * The values in what an instrument sends: a text, or JSON.
 *
 * @module
 */
import { z } from "zod";
import { messageOf } from "../errors.ts";
import { HOST_FORM, isHost } from "../format/host_text.ts";
import { atJsonPath, jsonPathSchema, parseJsonPath } from "./json_path.ts";
import { partKeys, partOf, shown, type TextPart } from "./text_address.ts";
import type { Raw, Reading } from "./transport.ts";

/** The keys that choose a value in a payload. */
export const payloadKeys = { json: jsonPathSchema.optional(), ...partKeys };

/** The keys as they were parsed. */
export interface PayloadPart extends TextPart {
  json?: string;
}

/** One payload. Its JSON is parsed once for all of its values. */
export class Payload {
  readonly text: string;
  #json: { value: unknown } | { problem: string } | undefined;

  constructor(text: string) {
    this.text = text;
  }

  /** The value at an address. A payload without it has the reason as its `quality`. */
  reading({ json, ...part }: PayloadPart): Reading {
    try {
      if (json === undefined) return { raw: partOf(this.text.trim(), part) };
      const found = atJsonPath(this.#parsed(), parseJsonPath(json));
      if (found === undefined) return { quality: `no ${json} in ${shown(this.text)}` };
      if (found === null) return { quality: "null" };
      return { raw: rawIn(found, part) };
    } catch (error) {
      return { quality: messageOf(error) };
    }
  }

  #parsed(): unknown {
    this.#json ??= parseJson(this.text);
    if ("problem" in this.#json) throw new Error(this.#json.problem);
    return this.#json.value;
  }
}

/** JSON that may have an integer beyond 2^53. Only this gets the reviver, which is slow. */
const MAYBE_LARGE = /\d{16}/;

function parseJson(text: string): { value: unknown } | { problem: string } {
  try {
    return { value: MAYBE_LARGE.test(text) ? JSON.parse(text, keepInteger) : JSON.parse(text) };
  } catch {
    return { problem: `expected JSON, found ${shown(text)}` };
  }
}

/** A `bigint` for an integer that would be rounded. */
function keepInteger(_: string, value: unknown, { source = "" }: { source?: string } = {}): unknown {
  const isRounded = typeof value === "number" && !Number.isSafeInteger(value) && /^-?\d+$/.test(source);
  return isRounded ? BigInt(source) : value;
}

function rawIn(found: unknown, part: TextPart): Raw {
  if (typeof found === "string") return partOf(found.trim(), part);
  if (isNumber(found) || typeof found === "boolean") return found;
  if (Array.isArray(found) && found.every(isNumber)) return found.map(Number);
  const text = JSON.stringify(found, (_, it) => typeof it === "bigint" ? Number(it) : it);
  throw new Error(`expected a number, a text or a list of numbers, found ${shown(text)}`);
}

function isNumber(value: unknown): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}

/** The schema of a host name or address. */
export const hostSchema = z.string({ error: "a text" }).refine(isHost, HOST_FORM);

/** The schema of a port. */
export const portSchema = z.int("a whole number").min(1, "1 or more").max(65_535, "at most 65535");
