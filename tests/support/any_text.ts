/**
 * Texts of any characters for property tests. The unit `binary` of fast-check is the same, and makes a table of a million
 * characters first: two seconds of CPU for each isolate.
 *
 * @module
 */
import fc from "fast-check";

const [SURROGATES, BEHIND] = [0xd800, 0xe000];

/** Any character of Unicode. */
const character = fc.nat({ max: 0x10ffff - (BEHIND - SURROGATES) }).map(
  (index) => String.fromCodePoint(index < SURROGATES ? index : index + BEHIND - SURROGATES),
  (value) => {
    const code = typeof value === "string" && [...value].length === 1 ? value.codePointAt(0)! : NaN;
    if (!(code < SURROGATES || code >= BEHIND)) throw new Error("this is no character");
    return code < SURROGATES ? code : code - (BEHIND - SURROGATES);
  },
);

/** Texts of any characters of Unicode. */
export function anyText(limits: fc.StringSharedConstraints = {}): fc.Arbitrary<string> {
  return fc.string({ ...limits, unit: character });
}
