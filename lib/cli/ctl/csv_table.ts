import type { JsonSchema, ReceivedEvent } from "../../client/mod.ts";
import { channels, channelsOfSchema, distinctNames, nameOf, type Path } from "../../format/channels.ts";
import { csvRow } from "../../format/csv.ts";

/** What every row begins with. */
const FIXED = ["device_id", "sequence", "timestamp", "lost"];

/**
 * Samples as CSV, one row each: `device_id, sequence, timestamp, lost`, then a column for each channel.
 *
 * - The columns stay as they are: first those of the driver's schema in its order, then what else the first sample has.
 * - No two columns have the same name: a value whose name is taken, as `lost`, is called `payload.lost`, and so on.
 * - `lost` is the number of samples that were lost right before this one; empty where nobody knows (the daemon was
 *   restarted). So rows + lost = produced, and a program that reads the table needs to know of no special rows.
 * - A list is JSON in one cell. What is missing, and `null`, is an empty cell; an empty text is `""`.
 * - Quoted as RFC 4180 says; a line ends with a line feed.
 */
export class CsvTable {
  readonly #schema: JsonSchema;
  /** The keys of the values that have one. */
  #columns: string[] | undefined;
  #lost: number | null = 0;
  readonly #told = new Set<string>();

  /** @param schema The sample's, as far as the driver gives one. */
  constructor(schema: JsonSchema | null) {
    this.#schema = schema ?? {};
  }

  /** Counts samples that never came; `null`: nobody knows how many. */
  lose(count: number | null): void {
    this.#lost = this.#lost === null || count === null ? null : this.#lost + count;
  }

  /** The sample's row, with the header before the first. `homeless`: what it has for which there is no column, told once. */
  row({ device_id, sequence, timestamp, payload }: ReceivedEvent): { text: string; homeless: string[] } {
    const values = new Map(channels(payload).map(([path, value]) => [keyOf(path), value]));
    const header = this.#columns ? "" : csvRow(this.#begin(values));
    const columns = this.#columns!;
    const cells = columns.map((key) => values.get(key));
    const text = header + csvRow([device_id, sequence, timestamp, this.#lost, ...cells]);
    this.#lost = 0;
    const homeless = [...values].filter(([key, value]) => value !== null && !columns.includes(key))
      .map(([key]) => nameOf(JSON.parse(key))).filter((name) => !this.#told.has(name));
    for (const name of homeless) this.#told.add(name);
    return { text, homeless };
  }

  /** Settles the columns. Returns their names. */
  #begin(values: Map<string, unknown>): string[] {
    const found = [...values.keys()];
    const isGroupOf = (key: string) => (other: string) => other.startsWith(`${key.slice(0, -1)},`);
    const named = channelsOfSchema(this.#schema).map(keyOf).filter((key) => !found.some(isGroupOf(key)));
    // A null may stand for a whole group, whose columns the schema then has.
    const isNoGroup = (key: string) => values.get(key) !== null || !named.some(isGroupOf(key));
    const extra = found.filter((key) => !named.includes(key) && isNoGroup(key));
    this.#columns = [...named, ...extra];
    return [...FIXED, ...distinctNames(this.#columns.map((key) => nameOf(JSON.parse(key))), FIXED)];
  }
}

/** A path as one text, which no other path has. */
function keyOf(path: Path): string {
  return JSON.stringify(path);
}
