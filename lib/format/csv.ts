/** The first bytes of a file by which spreadsheets know UTF-8: without them Excel shows `°C` as `Â°C`. */
export const BYTE_ORDER_MARK = "\uFEFF";

/** The characters that a spreadsheet takes for the beginning of a formula, also behind spaces and in its wide form. */
const FORMULA = /^(?:[\t\r\n]|\s*[=+\-@＝＋－＠])/;

/**
 * One row of CSV, quoted as in RFC 4180, ended by a line feed. A missing value and `null` are empty cells, an empty text is
 * `""`, and an object or list is JSON. A text that a spreadsheet would take for a formula has `'` before it; numbers stay
 * numbers.
 *
 * @example
 * ```ts
 * import { csvRow } from "./csv.ts";
 *
 * console.assert(csvRow(["a,b", null, 1.5, [1, 2]]) === '"a,b",,1.5,"[1,2]"\n');
 * console.assert(csvRow(["=1+1", -1]) === "'=1+1,-1\n");
 * ```
 */
export function csvRow(cells: readonly unknown[]): string {
  return `${cells.map(csvCell).join(",")}\n`;
}

function csvCell(value: unknown): string {
  if (value === undefined || value === null) return "";
  let text = typeof value === "string" ? value : JSON.stringify(value);
  if (typeof value === "string" && FORMULA.test(text)) text = `'${text}`;
  return text === "" || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
