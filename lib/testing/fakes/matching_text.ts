import { patternOf } from "../../declared/pattern.ts";

/**
 * A text that a regular expression matches, with `value` in the place of its first group: what an instrument may have
 * sent. Knows literals, sets, repetitions, alternatives and groups; returns `undefined` where the result does not match.
 *
 * @example
 * ```ts
 * import { matchingText } from "./matching_text.ts";
 *
 * console.assert(matchingText("^T=([-+.\\d]+) ?C", "21.5") === "T=21.5C");
 * ```
 */
export function matchingText(pattern: string, value?: string): string | undefined {
  const reader = new PatternReader(pattern, value);
  const text = reader.alternatives();
  const found = patternOf(pattern).exec(text);
  if (!found) return undefined;
  const [whole, first] = found.groups;
  return value === undefined || (first ?? whole) === value ? text : undefined;
}

const CLASSES: Record<string, string> = {
  d: "1",
  w: "a",
  s: " ",
  D: "a",
  W: "-",
  S: "a",
  t: "\t",
  n: "\n",
  r: "\r",
  b: "",
  B: "",
};

class PatternReader {
  readonly #pattern: string;
  readonly #value: string | undefined;
  #at = 0;
  #hasGroup = false;

  constructor(pattern: string, value: string | undefined) {
    this.#pattern = pattern;
    this.#value = value;
  }

  /** The first of some alternatives. */
  alternatives(): string {
    const first = this.#sequence();
    while (this.#pattern[this.#at] === "|") {
      this.#at++;
      this.#sequence();
    }
    return first;
  }

  #sequence(): string {
    let text = "";
    while (this.#at < this.#pattern.length && !"|)".includes(this.#pattern[this.#at])) {
      const one = this.#one();
      text += this.#repeated(one);
    }
    return text;
  }

  #one(): string {
    const character = this.#pattern[this.#at++];
    if (character === "^" || character === "$") return "";
    if (character === ".") return "x";
    if (character === "\\") {
      const escaped = this.#pattern[this.#at++] ?? "";
      return CLASSES[escaped] ?? escaped;
    }
    if (character === "[") return this.#set();
    return character === "(" ? this.#group() : character;
  }

  #group(): string {
    const isLook = /^\?<?[=!]/.test(this.#pattern.slice(this.#at));
    const opening = /^\?(:|<\w+>|<?[=!])/.exec(this.#pattern.slice(this.#at))?.[0] ?? "";
    const isCapturing = !opening || /^\?<\w/.test(opening);
    const isFirst = isCapturing && !this.#hasGroup;
    if (isCapturing) this.#hasGroup = true;
    this.#at += opening.length;
    const inner = this.alternatives();
    this.#at++;
    if (isLook) return "";
    return isFirst && this.#value !== undefined ? this.#value : inner;
  }

  /** A character of a set. */
  #set(): string {
    const end = /^\^?\]?(?:\\.|[^\]\\])*/.exec(this.#pattern.slice(this.#at))![0];
    this.#at += end.length + 1;
    const set = new RegExp(`[${end}]`);
    return [..."1a A-+.,:_x"].find((it) => set.test(it)) ?? end[0] ?? "";
  }

  #repeated(one: string): string {
    const found = /^(\?|\*|\+|\{(\d+)(,\d*)?\})\??/.exec(this.#pattern.slice(this.#at));
    if (!found) return one;
    this.#at += found[0].length;
    const [, kind, count] = found;
    if (one === this.#value) return one;
    return kind === "?" || kind === "*" ? "" : one.repeat(count === undefined ? 1 : Number(count));
  }
}
