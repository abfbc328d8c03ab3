/**
 * The text of a line with an NMEA checksum: what stands between `$` and `*`, with its `$`.
 *
 * @throws {Error} if the checksum is missing or wrong.
 *
 * @example
 * ```ts
 * import { checkNmea } from "./nmea.ts";
 *
 * console.assert(checkNmea("$GPGLL,,,,,,V,N*64") === "$GPGLL,,,,,,V,N");
 * ```
 */
export function checkNmea(line: string): string {
  const found = /^([$!])([^*]*)\*([0-9A-F]{2})\s*$/i.exec(line);
  if (!found) throw new Error("it has no NMEA checksum, $…*hh");
  const [, start, text, sum] = found;
  const computed = [...text].reduce((all, character) => all ^ character.charCodeAt(0), 0);
  if (computed !== parseInt(sum, 16)) {
    throw new Error(
      `its checksum is ${sum}, and that of its text ${computed.toString(16).padStart(2, "0").toUpperCase()}`,
    );
  }
  return start + text;
}
