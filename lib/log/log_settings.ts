import { LabError } from "../errors.ts";

/** From the most to the least. */
export const LEVELS = ["debug", "info", "warning", "error"] as const;
export type Level = typeof LEVELS[number];

/** What is logged, under the name that stands in each line. */
export const CATEGORIES = ["device", "console", "drivers", "bench", "http", "stream"] as const;
export type Category = typeof CATEGORIES[number];

export const FORMATS = ["text", "json"] as const;
export type Format = typeof FORMATS[number];

/** How much is logged, and in which form. */
export interface LogSettings {
  level: Level;
  /** Where it is another. */
  categories: Partial<Record<Category, Level>>;
  /** Unset: text for people, JSON for programs. */
  format?: Format;
}

/**
 * Reads what a user wants of the log: each text is a level, or `category=level`, or several with commas between them. What
 * stands later wins.
 *
 * Throws a {@linkcode LabError} (`InvalidRequest`) that says which levels and categories there are. `name` is where the
 * user wrote it.
 *
 * @example
 * ```ts
 * import { readLevels } from "./log_settings.ts";
 *
 * const { level, categories } = readLevels(["warning,device=debug"], "--log-level");
 * console.assert(level === "warning" && categories.device === "debug");
 * ```
 */
export function readLevels(
  texts: readonly string[],
  name: string,
  before: LogSettings = { level: "info", categories: {} },
): LogSettings {
  const settings = { ...before, categories: { ...before.categories } };
  for (const word of texts.flatMap((text) => text.split(",")).map((each) => each.trim())) {
    const [category, level] = word.includes("=") ? word.split("=", 2) : [undefined, word];
    if (!isOneOf(LEVELS, level)) throw refusal(name, level, "level", LEVELS);
    if (category === undefined) settings.level = level;
    else if (isOneOf(CATEGORIES, category)) settings.categories[category] = level;
    else throw refusal(name, category, "category", CATEGORIES);
  }
  return settings;
}

/**
 * Reads the form that a user wants the log in.
 *
 * Throws a {@linkcode LabError} (`InvalidRequest`) that says which there are.
 */
export function readFormat(text: string, name: string): Format {
  if (isOneOf(FORMATS, text)) return text;
  throw refusal(name, text, "format", FORMATS);
}

function isOneOf<Word extends string>(words: readonly Word[], text: string): text is Word {
  return (words as readonly string[]).includes(text);
}

function refusal(name: string, found: string, what: string, known: readonly string[]): LabError {
  const message = `Cannot start with ${name}: there is no ${what} ${JSON.stringify(found)}; known are ${
    known.join(", ")
  }`;
  return new LabError("InvalidRequest", message, { context: { issues: [{ path: name, message }] } });
}
