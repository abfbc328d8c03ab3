/**
 * Runs each TypeScript example of the documents and of the doc comments, as `deno test --doc` does: a module of its own,
 * whose asserts must hold. That command gives each example an isolate, which loads the program again.
 */
import { ok } from "node:assert/strict";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = new URL("../../", import.meta.url);

/** An example, as the text of a module. */
interface Example {
  /** Its file and its first line. */
  name: string;
  text: string;
}

/** The files whose examples run, as `deno task check` checks their types. */
function* files(folder: URL): Generator<URL> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory) yield* files(new URL(`${name}/`, folder));
    else if (/\.(ts|md)$/.test(name)) yield new URL(name, folder);
  }
}

/** The examples of a file: of a document, or of the comments of a module. */
function examplesOf(file: URL): Example[] {
  const source = Deno.readTextFileSync(file);
  const inComments = !file.pathname.endsWith(".md");
  const fence = inComments
    ? /^ *\* ```(?:ts|js|typescript|javascript)\n(.*?)^ *\* ```$/gms
    : /^```(?:ts|js|typescript|javascript)\n(.*?)^```$/gms;
  return Array.from(source.matchAll(fence), ({ 1: code, index }) => ({
    name: `${relative(fileURLToPath(root), fileURLToPath(file))}:${source.slice(0, index).split("\n").length}`,
    text: placedAt(file, inComments ? code.replaceAll(/^ *\* ?/gm, "") : code),
  }));
}

/** The text of a module that is imported from another place than its own. */
function placedAt(file: URL, code: string): string {
  return code
    .replaceAll("import.meta.url", JSON.stringify(file.href))
    .replaceAll(/((?:from|import\() ?")(\.[^"]+)/g, (_, before, path) => before + new URL(path, file).href);
}

const folder = await Deno.makeTempDir();
addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

/** Instead of `console.assert`, which only prints. */
const failingAssert: typeof console.assert = (holds = false, ...why) =>
  ok(holds, `an assert of the example does not hold ${why.join(" ")}`);

const examples = [
  ...examplesOf(new URL("README.md", root)),
  ...["docs/", "lib/", "drivers/"].flatMap((it) => [...files(new URL(it, root))]).flatMap(examplesOf),
];

for (const [i, { name, text }] of examples.entries()) {
  Deno.test(`the example ${name} runs`, async () => {
    await Deno.writeTextFile(`${folder}/${i}.ts`, text);
    const { assert } = console;
    console.assert = failingAssert;
    try {
      await import(`file://${folder}/${i}.ts`);
    } finally {
      console.assert = assert;
    }
  });
}
