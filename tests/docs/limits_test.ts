/** Compares the limits in docs/limits.md with the code. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";

const document = new URL("../../docs/limits.md", import.meta.url);

/** The units of the document, in those of the code: bytes and milliseconds. */
const UNITS = new Map([["KiB", 1024], ["MiB", 1024 ** 2], ["s", 1000], ["min", 60_000]]);

/** The number in the second column: `1 MiB` is 1048576, `none` Infinity. */
function numberIn(limit: string): number {
  if (limit === "none") return Infinity;
  const [, digits, unit = ""] = /^([\d,]+)(?: (\w+))?/.exec(limit) ?? [];
  return Number(digits.replaceAll(",", "")) * (UNITS.get(unit) ?? 1);
}

/** The value of a constant, or of a field with a default, as a file defines it. */
function numberOf(name: string, path: string): number {
  const text = Deno.readTextFileSync(new URL(path, document)).replace(/\bMIB\b(?! =)/g, String(1024 ** 2));
  const [, factors = "NaN"] = new RegExp(`\\b${name}(?: =|:) ([\\d_]+(?: \\* [\\d_]+)*|Infinity)[,; ]`).exec(text) ??
    [];
  return factors.split(" * ").reduce((product, factor) => product * Number(factor.replaceAll("_", "")), 1);
}

const rows = Deno.readTextFileSync(document).match(/^\| (?!what |---).*/gm) ?? [];

Deno.test("each limit in docs/limits.md is the one in the code", () => {
  ok(rows.length > 60);
  const limits = rows.map((row) => {
    const [, what, limit, name, path] = /^\| (.+?) +\| (.+?) +\|.*\[`(\w+)`\]\((\S+)\) +\|$/.exec(row) ?? [];
    ok(path, `no limit and constant in ${row}`);
    return { what, number: numberIn(limit), inCode: numberOf(name, path) };
  });
  ok(limits.every(({ number }) => !Number.isNaN(number)));
  equal(
    limits.map(({ what, number }) => `${what}: ${number}`),
    limits.map(({ what, inCode }) => `${what}: ${inCode}`),
  );
});
