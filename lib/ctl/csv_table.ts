import type { JSONSchema, StreamEvent } from "../client/mod.ts";
import { channels, channelsOfSchema } from "./channels.ts";

/**
 * Samples as CSV, one row each: `device_id, sequence, timestamp, lost`, then a column for each channel.
 *
 * - The columns stay as they are: first those of the driver's schema in its order, then what else the first sample has.
 * - `lost` is the number of samples that were lost right before this one; empty where nobody knows (the daemon was
 *   restarted). So rows + lost = produced, and a program that reads the table needs to know of no special rows.
 * - A list is JSON in one cell. What is missing, and `null`, is an empty cell; an empty text is `""`.
 * - Quoted as RFC 4180 says; a line ends with a line feed.
 */
export class CsvTable {
  readonly #schema: JSONSchema;
  #columns: string[] | undefined;
  #lost: number | null = 0;
  readonly #told = new Set<string>();

  /** @param schema The sample's, as far as the driver gives one. */
  constructor(schema: JSONSchema | null) {
    this.#schema = schema ?? {};
  }

  /** Counts samples that never came; `null`: nobody knows how many. */
  lose(count: number | null): void {
    this.#lost = this.#lost === null || count === null ? null : this.#lost + count;
  }

  /** The sample's row, with the header before the first. `homeless`: what it has for which there is no column, told once. */
  row({ device_id, sequence, timestamp, payload }: StreamEvent): { text: string; homeless: string[] } {
    const values = new Map(channels(payload));
    const header = this.#columns ? "" : line(["device_id", "sequence", "timestamp", "lost", ...this.#begin(values)]);
    const columns = this.#columns!;
    const cells = columns.map((name) => values.get(name));
    const text = header + line([device_id, sequence, timestamp, this.#lost, ...cells]);
    this.#lost = 0;
    const homeless = [...values].filter(([name, value]) => value !== null && !columns.includes(name))
      .map(([name]) => name).filter((name) => !this.#told.has(name));
    for (const name of homeless) this.#told.add(name);
    return { text, homeless };
  }

  #begin(values: Map<string, unknown>): string[] {
    const found = [...values.keys()];
    const isGroupOf = (name: string) => (other: string) => other.startsWith(`${name}.`);
    const named = channelsOfSchema(this.#schema).map(([name]) => name).filter((name) => !found.some(isGroupOf(name)));
    // A null may stand for a whole group, whose columns the schema then has.
    const isNoGroup = (name: string) => values.get(name) !== null || !named.some(isGroupOf(name));
    const extra = found.filter((name) => !named.includes(name) && isNoGroup(name));
    return this.#columns = [...named, ...extra];
  }
}

function line(cells: unknown[]): string {
  return `${cells.map(cell).join(",")}\n`;
}

function cell(value: unknown): string {
  if (value === undefined || value === null) return "";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text === "" || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
