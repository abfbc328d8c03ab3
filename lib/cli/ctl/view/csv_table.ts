import type { JsonSchema, ReceivedEvent } from "../../../client/mod.ts";
import { type ChannelPath, channels, channelsOfSchema, distinctNames, nameOf } from "../../../format/channels.ts";
import { csvRow } from "../../../format/csv.ts";

/** The first columns of every row. */
const FIXED = ["device_id", "sequence", "timestamp", "lost"];

/**
 * Samples as CSV, one row each: `device_id, sequence, timestamp, lost`, then a column for each channel.
 *
 * - The columns stay as they are: first those of the driver's schema in its order, then what else the first sample has.
 * - No two columns have the same name: a value whose name is taken, as `lost`, has the name `payload.lost`, and so on.
 * - `lost` is the number of samples that were lost right before this one; empty where the number is unknown (the
 *   daemon was restarted). So rows + lost = produced, and there are no special rows.
 * - A list is JSON in one cell. A missing value, and `null`, is an empty cell; an empty text is `""`.
 * - Quoted as in RFC 4180; a line ends with a line feed. A text that a spreadsheet would take for a formula has `'` before it.
 */
export class CsvTable {
  readonly #schema: JsonSchema;
  /** The keys of the values that have a column. */
  #columns: string[] | undefined;
  #lost: number | null = 0;
  readonly #reported = new Set<string>();

  /** @param schema The schema of a sample, if the driver gives one. */
  constructor(schema: JsonSchema | null) {
    this.#schema = schema ?? {};
  }

  /** Adds lost samples; `null` for an unknown number. */
  addLost(count: number | null): void {
    this.#lost = this.#lost === null || count === null ? null : this.#lost + count;
  }

  /** The sample's row, with the header before the first. `unplaced`: its values without a column, each reported once. */
  row({ device_id, sequence, timestamp, payload }: ReceivedEvent): { text: string; unplaced: string[] } {
    const values = new Map(channels(payload).map(([path, value]) => [keyOf(path), value]));
    const header = this.#columns ? "" : csvRow(this.#begin(values));
    const columns = this.#columns!;
    const cells = columns.map((key) => values.get(key));
    const text = header + csvRow([device_id, sequence, timestamp, this.#lost, ...cells]);
    this.#lost = 0;
    const unplaced = [...values].filter(([key, value]) => value !== null && !columns.includes(key))
      .map(([key]) => nameOf(JSON.parse(key))).filter((name) => !this.#reported.has(name));
    for (const name of unplaced) this.#reported.add(name);
    return { text, unplaced };
  }

  /** Fixes the columns. Returns their names. */
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

/** A path as a text that is unique to it. */
function keyOf(path: ChannelPath): string {
  return JSON.stringify(path);
}
