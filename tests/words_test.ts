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

/** The beginning of a doc comment whose subject stands elsewhere: a reader of the declaration alone does not find it. */
const PRONOUN =
  /\/\*\*(?:\n *\*)? (?:(?:It|Its|They|Their|Those|None|Nothing|Who|Of|So few|So many|So much)\b|The same(?:,| (?:as|at|but|for|in|of|or|with|without)\b))/g;

async function* sources(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, root))) {
    if (isDirectory) yield* sources(`${folder}${name}/`);
    else if (/\.(ts|js|py)$/.test(name)) yield folder + name;
  }
}

/** A declaration that is exported. */
const EXPORT =
  /^export (?:declare )?(?:abstract )?(?:async )?(?:interface|type|class|function\*?|const|let|enum) (\w+)/gm;

/** The end of a doc comment, and notes for the linter behind it. */
const DOC_COMMENT = /\*\/\n(?:\/\/ .*\n)*$/;

/** Names that stand in several files: a public face and what it shows, and what each module of a kind exports. */
const SHARED_NAMES = new Set(["Device", "LabDaemon", "RestoreOptions", "rules", "transport"]);

/** An exported name, and its file. */
interface Exported {
  file: string;
  name: string;
  isDocumented: boolean;
}

/** The exported names of each file of a folder; `templates` are copied into other projects. */
async function exportsOf(folder: string): Promise<Exported[]> {
  const files = (await Array.fromAsync(sources(folder))).filter((it) =>
    it.endsWith(".ts") && !it.includes("/templates/")
  );
  const found = await Promise.all(files.map(async (file) => {
    const text = await Deno.readTextFile(new URL(file, root));
    return [...text.matchAll(EXPORT)].map(({ 1: name, index }) => ({
      file,
      name,
      isDocumented: DOC_COMMENT.test(text.slice(Math.max(0, index - 500), index)),
    }));
  }));
  return found.flat();
}

/** The names that several files export, with these files. */
function sharedNames(found: readonly Exported[]): string[] {
  const byName = Map.groupBy(found, ({ name }) => name);
  const files = [...byName].map(([name, of]) => ({ name, files: new Set(of.map(({ file }) => file)) }));
  const shared = files.filter(({ name, files }) => files.size > 1 && !SHARED_NAMES.has(name));
  return shared.map(({ name, files }) => `${name}: ${[...files].join(", ")}`);
}

for (const folder of ["lib/", "web/"]) {
  Deno.test(`an exported name of ${folder} means one thing`, async () => {
    equal(sharedNames(await exportsOf(folder)), []);
  });
}

Deno.test("a type, class or component of the dashboard has no name of another one of the library", async () => {
  const found = [...await exportsOf("lib/"), ...await exportsOf("web/")];
  equal(sharedNames(found.filter(({ name }) => /^[A-Z]/.test(name))), []);
});

Deno.test("each exported thing of the library and the dashboard has a doc comment", async () => {
  const found = [...await exportsOf("lib/"), ...await exportsOf("web/")];
  // Overloads follow each other, and the first one has the comment.
  const documented = new Set(found.filter((it) => it.isDocumented).map(({ file, name }) => `${file}: ${name}`));
  // It is part of a text.
  const undocumented = found.map(({ file, name }) => `${file}: ${name}`).filter((it) => !documented.has(it));
  equal(undocumented, ["lib/host/linked/zod_files.ts: languages"]);
});

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

Deno.test("a doc comment begins with its subject, and no pronoun", async () => {
  const found: string[] = [];
  for (const folder of ["lib/", "web/", "drivers/"]) {
    for await (const file of sources(folder)) {
      const text = await Deno.readTextFile(new URL(file, root));
      for (const { index } of text.matchAll(PRONOUN)) found.push(`${file}:${text.slice(0, index).split("\n").length}`);
    }
  }
  equal(found, []);
});
