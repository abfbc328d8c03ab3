/**
 * The place of a value in JSON, as `sensors[0].temperature`: for transports whose instruments send JSON.
 *
 * @module
 */
import { z } from "zod";

/** The steps to a value: names of fields and numbers of items. */
export type JsonPath = readonly (string | number)[];

const STEP = /\.?([^.[\]"\s][^.[\]"]*)|\[(\d{1,9})\]|\[("(?:[^"\\]|\\.)*")\]/y;

/**
 * Reads a path: names separated by dots, numbers of items in brackets, from 0, and names with other characters in brackets
 * and quotes. `$` stands for the whole, alone or in front.
 *
 * @throws {Error} if it has another form.
 *
 * @example
 * ```ts
 * import { parseJsonPath } from "./json_path.ts";
 *
 * console.assert(parseJsonPath('sensors[0]["air.temp"].value').join() === "sensors,0,air.temp,value");
 * console.assert(parseJsonPath("$").length === 0);
 * ```
 */
export function parseJsonPath(text: string): JsonPath {
  const rest = text.startsWith("$") ? text.slice(1) : text;
  const steps: (string | number)[] = [];
  if (rest === "" && text !== "") return steps;
  STEP.lastIndex = 0;
  for (let from = 0; from < rest.length || rest === ""; from = STEP.lastIndex) {
    const found = STEP.exec(rest);
    const isFirst = from === 0 && rest === text;
    // A name that is not the first one follows a dot, and only such a one does.
    const hasDot = rest[from] === ".";
    if (!found || (found[1] !== undefined && hasDot === isFirst)) throw new Error(JSON_PATH_FORM);
    const [, name, item, quoted] = found;
    steps.push(name ?? (quoted ? JSON.parse(quoted) as string : Number(item)));
  }
  return steps;
}

/** The form of a path, for messages. */
const JSON_PATH_FORM = 'a path such as sensors[0].temperature or ["air.temp"].value';

/** The key `json` of an address. */
export const jsonPathSchema = z.string({ error: "a text" }).refine(isJsonPath, JSON_PATH_FORM).meta({
  description: "The place of the value in the JSON that comes, such as `sensors[0].temperature`; `$` is all of it",
});

function isJsonPath(text: string): boolean {
  try {
    return parseJsonPath(text).length >= 0;
  } catch {
    return false;
  }
}

/**
 * The value at a path; `undefined` if the path leads nowhere. Fields that every JavaScript object has, such as
 * `constructor`, do not count.
 */
export function atJsonPath(json: unknown, path: JsonPath): unknown {
  return path.reduce<unknown>((value, step) => {
    if (typeof value !== "object" || value === null) return undefined;
    if (Array.isArray(value)) return typeof step === "number" ? value[step] : undefined;
    return Object.hasOwn(value, step) ? (value as Record<string, unknown>)[step] : undefined;
  }, json);
}
