/** The form of a CSV row. */
export interface CsvOptions {
  /** Puts `'` before texts that a spreadsheet would take for a formula. */
  escapeFormulas?: boolean;
}

/**
 * One row of CSV, quoted as in RFC 4180, ended by a line feed. A missing value and `null` are empty cells, an empty text is
 * `""`, and an object or list is JSON.
 *
 * @example
 * ```ts
 * import { csvRow } from "./csv.ts";
 *
 * console.assert(csvRow(["a,b", null, 1.5, [1, 2]]) === '"a,b",,1.5,"[1,2]"\n');
 * ```
 */
export function csvRow(cells: readonly unknown[], { escapeFormulas = false }: CsvOptions = {}): string {
  return `${cells.map((value) => csvCell(value, escapeFormulas)).join(",")}\n`;
}

function csvCell(value: unknown, escapeFormulas: boolean): string {
  if (value === undefined || value === null) return "";
  let text = typeof value === "string" ? value : JSON.stringify(value);
  if (escapeFormulas && typeof value === "string" && /^[=+\-@\t\r]/.test(text)) text = `'${text}`;
  return text === "" || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
