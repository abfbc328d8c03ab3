import { encodeJson } from "../../stream/encode.ts";

/** The characters of the message of an error that a driver throws. It goes to every reader and to the log. */
export const MAX_ERROR_MESSAGE_CHARS = 4_000;
/** The characters of its type. */
export const MAX_ERROR_TYPE_CHARS = 100;
const MAX_CONTEXT_CHARS = 32_000;
const MAX_CONTEXT_DEPTH = 8;
const MAX_CONTEXT_KEYS = 50;
const MAX_CONTEXT_TEXT_CHARS = 1_200;

/** Elements of a typed array that are copied into a context. */
const MAX_VIEW = 100;

/** Room for the note at the end of a text that was cut. */
const NOTE = 40;

const MORE = "…";

/**
 * The text, or its beginning and a note if it is longer than `max` characters: `no answer … (30.0 MB cut to 4.0 kB)`.
 * Never longer than `max`.
 */
export function cutText(text: string, max: number): string {
  if (text.length <= max) return text;
  const kept = text.slice(0, Math.max(0, max - NOTE)).toWellFormed();
  return `${kept}${MORE} (${sizeText(text.length)} cut to ${sizeText(kept.length)})`;
}

/** A size in bytes or characters, for people: `812 B`, `4.0 kB`, `30.0 MB`. */
export function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/**
 * A copy of an error's context with bounds on its depth, its keys, its texts and its whole size. `…` with a number
 * stands for the part that was cut. Anything that does not survive JSON becomes a text. Never throws.
 */
export function boundedContext(context: unknown): Record<string, unknown> {
  const copy = new BoundedCopy().copy(context, 0);
  return typeof copy === "object" && copy !== null && !Array.isArray(copy) ? copy as Record<string, unknown> : {};
}

class BoundedCopy {
  #left = MAX_CONTEXT_CHARS;

  copy(value: unknown, depth: number): unknown {
    if (typeof value === "string") return this.#take(cutText(value, MAX_CONTEXT_TEXT_CHARS));
    if (typeof value !== "object" || value === null) return this.#take(scalar(value));
    if (depth >= MAX_CONTEXT_DEPTH || this.#left <= 0) return MORE;
    // A list of empty lists has a size, too.
    this.#left -= 2;
    try {
      return Array.isArray(value) ? this.#list(value, depth) : this.#object(value, depth);
    } catch {
      return Object.prototype.toString.call(value);
    }
  }

  #list(list: readonly unknown[], depth: number): unknown[] {
    const kept: unknown[] = [];
    for (const item of firstOf(list)) {
      if (this.#left <= 0) break;
      kept.push(this.copy(item, depth + 1));
    }
    if (kept.length < list.length) kept.push(`${MORE} ${list.length - kept.length} more`);
    return kept;
  }

  #object(object: object, depth: number): unknown {
    const prototype = Object.getPrototypeOf(object);
    if (prototype !== Object.prototype && prototype !== null) {
      if (ArrayBuffer.isView(object) && object.byteLength > MAX_VIEW) {
        return this.#take(`${object.constructor.name} ${MORE}`);
      }
      const plain: unknown = JSON.parse(encodeJson(object));
      return this.copy(plain, depth);
    }
    const keys = Object.keys(object);
    const kept: Record<string, unknown> = {};
    let count = 0;
    for (const key of firstOf(keys)) {
      if (this.#left <= 0) break;
      count++;
      // Such a key would set the copy's prototype.
      if (key === "__proto__") continue;
      kept[this.#take(cutText(key, MAX_ERROR_TYPE_CHARS)) as string] = this.copy(
        (object as Record<string, unknown>)[key],
        depth + 1,
      );
    }
    if (count < keys.length) kept[MORE] = `${keys.length - count} more`;
    return kept;
  }

  #take<T>(value: T): T {
    this.#left -= typeof value === "string" ? value.length + 2 : 8;
    return value;
  }
}

/** The beginning of a long list, with room for a note. */
function firstOf<T>(list: readonly T[]): readonly T[] {
  return list.length > MAX_CONTEXT_KEYS ? list.slice(0, MAX_CONTEXT_KEYS - 1) : list;
}

function scalar(value: unknown): unknown {
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value === "boolean" || value === null || value === undefined) return value;
  if (typeof value === "bigint") return cutText(String(value), MAX_ERROR_TYPE_CHARS);
  return typeof value;
}
