/**
 * The regular expressions of driver files. They take a time in proportion to the length of the text. A language with
 * look-ahead and look-behind may take hours for a few bytes of an instrument, and block the other devices of its
 * process.
 *
 * @module
 */
import { RE2JS } from "re2js";
import { z } from "zod";

/** The first match of a pattern. */
export interface Match {
  /** The whole match, and its groups by their numbers. A group that took no part is `undefined`. */
  readonly groups: readonly (string | undefined)[];
  readonly named: Readonly<Record<string, string | undefined>>;
}

/** A regular expression in the syntax of RE2: without back references, looking ahead or looking back. */
export class Pattern {
  readonly #source: string;
  readonly #compiled: RE2JS;

  /** @throws {Error} with the fault of the expression. */
  constructor(source: string) {
    this.#source = source;
    this.#compiled = RE2JS.compile(RE2JS.translateRegExp(source));
  }

  /** The names of its groups. */
  get names(): string[] {
    return Object.keys(this.#compiled.namedGroups());
  }

  exec(text: string): Match | undefined {
    const matcher = this.#compiled.matcher(text);
    if (!matcher.find()) return undefined;
    const group = (index: number) => matcher.group(index) ?? undefined;
    return {
      groups: Array.from({ length: this.#compiled.groupCount() + 1 }, (_, index) => group(index)),
      named: Object.fromEntries(
        Object.entries(this.#compiled.namedGroups()).map(([name, index]) => [name, group(index)]),
      ),
    };
  }

  test(text: string): boolean {
    return this.#compiled.test(text);
  }

  /** The place of the first match, or -1: a text can be searched for a pattern as for a `RegExp`. */
  [Symbol.search](text: string): number {
    const matcher = this.#compiled.matcher(text);
    return matcher.find() ? matcher.start() : -1;
  }

  toString(): string {
    return `/${this.#source}/`;
  }
}

/** The patterns that are kept compiled: compiling takes far longer than matching. */
const MAX_COMPILED = 1_000;

const compiled = new Map<string, Pattern>();

/**
 * The compiled form of a pattern.
 *
 * @throws {Error} with the fault of the expression.
 *
 * @example
 * ```ts
 * import { patternOf } from "./pattern.ts";
 *
 * console.assert(patternOf("T=([-+.\\d]+)").exec("T=21.5 C")?.groups[1] === "21.5");
 * ```
 */
export function patternOf(source: string): Pattern {
  const found = compiled.get(source);
  if (found) return found;
  const pattern = new Pattern(source);
  if (compiled.size >= MAX_COMPILED) compiled.clear();
  compiled.set(source, pattern);
  return pattern;
}

/** A regular expression in a driver file. */
export const patternSchema = z.string({ error: "a text" }).superRefine((text, context) => {
  try {
    patternOf(text);
  } catch (error) {
    context.addIssue({ code: "custom", message: faultOf(text, error) });
  }
});

function faultOf(text: string, error: unknown): string {
  if (/\(\?<?[=!]/.test(text)) {
    return "a regular expression without looking ahead or back, such as (?=…): those may take for ever";
  }
  if (/\\[1-9k]/.test(text)) {
    return "a regular expression without back references, such as \\1: those may take for ever";
  }
  const [, words] = /^error parsing regexp: ([^:`]+)/.exec(error instanceof Error ? error.message : "") ?? [];
  return `a regular expression${words ? ` (${words})` : ""}`;
}
