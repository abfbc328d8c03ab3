import { parse } from "yaml";

const root = new URL("../../", import.meta.url);

/** A block of code in a document. */
export interface Block {
  /** The language behind its fence, such as `sh`; empty where there is none. */
  language: string;
  /** The text after the language, such as `ignore`. */
  mark: string;
  code: string;
  /** The number of its fence's line. */
  line: number;
}

/** A page of the documentation. */
export interface Document {
  /** The path from the root, as `docs/operations.md`. */
  path: string;
  text: string;
  blocks: Block[];
}

/** The pages for users of the program, each with its blocks in order. */
export async function documents(): Promise<Document[]> {
  const docs = [...Deno.readDirSync(new URL("docs/", root))].map(({ name }) => `docs/${name}`);
  const paths = ["README.md", "python/README.md", ...docs.filter((path) => path.endsWith(".md")).sort()];
  return await Promise.all(paths.map(async (path) => {
    const text = await Deno.readTextFile(new URL(path, root));
    return { path, text, blocks: blocksOf(text) };
  }));
}

function blocksOf(text: string): Block[] {
  return Array.from(
    text.matchAll(/^```(\w*)[ \t]*([^\n]*)\n(.*?)^```$/gms),
    ({ 1: language, 2: mark, 3: code, index }) => ({
      language,
      mark,
      code,
      line: text.slice(0, index).split("\n").length,
    }),
  );
}

/** The files that a page asks its reader to save: "… as `drivers/x.ts`" and the block after it. */
export function filesToSave({ text }: Document): Record<string, string> {
  const found = text.matchAll(/\b[Ss]ave (?:this|it) as\s+`([\w./-]+)`[^`]*?```(?:ts|python)[^\n]*\n(.*?)^```$/gms);
  return Object.fromEntries(Array.from(found, ([, path, code]) => [path, code]));
}

/** The devices that a page adds to the bench file. */
export function devicesToAdd({ blocks }: Document): unknown[] {
  return blocks.filter(({ language }) => language === "yaml").flatMap(({ code }) => parse(code)?.devices ?? []);
}
