/** The words of the source: a name or a comment uses the field's standard term, so that a reader learns no private one. */
import { deepStrictEqual as equal } from "node:assert/strict";

const root = new URL("../", import.meta.url);

/** Words for which the field has a standard term: gap, attribute, terminate, probe, result, retry now, clear. */
const BANNED =
  /\b(anew|blame|bygone|condemn(ed)?|entrust(ed)?|farewell|mend(ed)?|nobody|tells?|undertaker|verdict|vigil)\b/i;

/** A constant begins with MAX_ or MIN_. */
const SUPERLATIVE = /\b(MOST|LONGEST|LARGEST|SMALLEST|SHORTEST)_[A-Z]/;

/** A doc comment names the thing, and asks no question. */
const QUESTION = /(\/\*\*|"""|^\s*\*) ?(What|How|Whether) /;

async function* sources(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, root))) {
    if (isDirectory) yield* sources(`${folder}${name}/`);
    else if (/\.(ts|js|py)$/.test(name)) yield folder + name;
  }
}

Deno.test("the source uses the words of the field", async () => {
  const found: string[] = [];
  for (const folder of ["lib/", "web/", "drivers/", "python/", "examples/"]) {
    for await (const file of sources(folder)) {
      const lines = (await Deno.readTextFile(new URL(file, root))).split("\n");
      lines.forEach((line, index) => {
        if (BANNED.test(line) || SUPERLATIVE.test(line) || QUESTION.test(line)) {
          found.push(`${file}:${index + 1}: ${line.trim()}`);
        }
      });
    }
  }
  equal(found, []);
});
