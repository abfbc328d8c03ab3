import { type Match, type Pattern, patternOf } from "../../pattern.ts";
import { Payload } from "../../payload.ts";
import { isNumberLike, partOf, shown } from "../../text_address.ts";
import type { Addressed, Raw, Reading, Readings } from "../../transport.ts";
import type { LinesKeys, LinesValue } from "./schema.ts";

/** The values of one line; or the reason why the line has none. */
export type LineValues = { readings: Readings } | { problem: string };

/** Reads the values of the lines of one instrument. */
export class LineReader {
  readonly #pattern: Pattern | undefined;
  readonly #values: readonly Addressed<LinesValue>[];
  readonly #lines: readonly (Pattern | undefined)[];

  constructor({ pattern }: Pick<LinesKeys, "pattern">, values: readonly Addressed<LinesValue>[]) {
    this.#pattern = pattern === undefined ? undefined : patternOf(pattern);
    this.#values = values;
    this.#lines = values.map(({ address: { line } }) => line === undefined ? undefined : patternOf(line));
  }

  /**
   * Reads a line. A value that the line does not name is missing among the readings. A line without any value is a
   * problem.
   */
  read(line: string): LineValues {
    const payload = new Payload(line);
    const groups = this.#pattern?.exec(line)?.named;
    const readings: Record<string, Reading> = {};
    let problem: string | undefined;
    let count = 0;
    for (const [i, value] of this.#values.entries()) {
      if (this.#lines[i]?.test(line) === false) continue;
      const reading = readingOf(value, payload, groups);
      if (!reading) continue;
      readings[value.name] = reading;
      if (reading.raw === undefined) problem ??= `${value.name}: ${reading.quality}`;
      else count++;
    }
    return count > 0 ? { readings } : { problem: problem ?? `${shown(line)} holds none of the values` };
  }
}

function readingOf(
  { type, address: { group, key, ...part } }: Addressed<LinesValue>,
  payload: Payload,
  groups: Match["named"] | undefined,
): Reading | undefined {
  if (group !== undefined) {
    const found = groups?.[group];
    return found === undefined ? undefined : checked({ raw: found }, type);
  }
  if (key !== undefined) {
    const found = valueOf(payload.text, key);
    return found === undefined ? undefined : checked({ raw: partOf(found, part) }, type);
  }
  return checked(payload.reading(part), type);
}

/** A text where a number is expected is no value: a heading, a message, half a line. */
function checked(reading: Reading, type: Addressed<LinesValue>["type"]): Reading {
  const { raw } = reading;
  if (typeof raw !== "string" || (type !== "number" && type !== "integer")) return reading;
  return isNumberLike(raw) ? reading : { quality: `expected a number, found ${shown(raw)}` };
}

/** The value after a name: `T=21.5`, `T: 21.5 °C`, `"T" = "ok"`. It ends at a comma, a semicolon or a blank. */
export function valueOf(line: string, key: string): Raw & string | undefined {
  const name = key.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const found = new RegExp(`(?:^|[\\s,;|{])"?${name}"?\\s*[=:]\\s*(?:"([^"]*)"|([^\\s,;|}]+))`).exec(line);
  return found?.[1] ?? found?.[2];
}
