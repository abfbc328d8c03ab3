import { LabError } from "../errors.ts";

/** The levels, from the most lines to the fewest. */
export const LEVELS = ["debug", "info", "warning", "error"] as const;
/** The level of a log line. */
export type Level = typeof LEVELS[number];

/** The subjects of log lines, as each line names them. */
export const CATEGORIES = [
  ...["device", "console", "drivers", "bench", "http", "stream"] as const,
  ...["access", "alarms", "leases", "tasks", "recording", "hub", "mqtt"] as const,
] as const;
/** The subject of a log line. */
export type Category = typeof CATEGORIES[number];

/** The formats of the log: for people, or JSON lines for programs. */
export const FORMATS = ["text", "json"] as const;
/** The format of the log. */
export type Format = typeof FORMATS[number];

const OUTPUTS = ["stderr", "stdout"] as const;
/** The stream that the log goes to. */
export type Output = typeof OUTPUTS[number];

/** The level, the format and the output of the log. */
export interface LogSettings {
  level: Level;
  /** The levels of categories that have their own. */
  categories: Partial<Record<Category, Level>>;
  /** The default is text on a terminal, else JSON. */
  format?: Format;
  /** The default is stderr. With stdout, nothing but the log goes there. */
  output?: Output;
}

/**
 * Reads the levels of the log. Each text is a level, or `category=level`, or several with commas between them. The last one
 * wins.
 *
 * @param name The option or variable of the texts, for the error.
 * @throws {LabError} `InvalidRequest`, with the known levels and categories.
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
 * Reads the format of the log.
 *
 * @param name The option or variable of the text, for the error.
 * @throws {LabError} `InvalidRequest`, with the known formats.
 */
export function readFormat(text: string, name: string): Format {
  if (isOneOf(FORMATS, text)) return text;
  throw refusal(name, text, "format", FORMATS);
}

/**
 * Reads the output of the log.
 *
 * @param name The option or variable of the text, for the error.
 * @throws {LabError} `InvalidRequest`, with the known outputs.
 */
export function readLogOutput(text: string, name: string): Output {
  if (isOneOf(OUTPUTS, text)) return text;
  throw refusal(name, text, "output", OUTPUTS);
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
