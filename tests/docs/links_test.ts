/** Checks the relative links of all documents. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";

const root = new URL("../../", import.meta.url);

/** The paths of all Markdown files, from the root. */
function documentsIn(folder = ""): string[] {
  return [...Deno.readDirSync(new URL(folder || "./", root))].flatMap(({ name, isDirectory }) => {
    if (name.startsWith(".") || name === "node_modules") return [];
    if (isDirectory) return documentsIn(`${folder}${name}/`);
    return name.endsWith(".md") ? [folder + name] : [];
  });
}

/** The identifiers of a document's headings, as GitHub makes them. */
function anchorsIn(text: string): string[] {
  return Array.from(
    text.replace(/^```.*?^```$/gms, "").matchAll(/^#+ (.+)$/gm),
    ([, heading]) => heading.toLowerCase().replace(/[^\w\- ]/g, "").replaceAll(" ", "-"),
  );
}

/** The relative links of a document that lead nowhere. */
function brokenLinksIn(document: string): string[] {
  const text = Deno.readTextFileSync(new URL(document, root));
  const links = Array.from(text.replace(/^```.*?^```$/gms, "").matchAll(/\]\(([^)\s]+)\)/g), ([, link]) => link);
  return links.filter((link) => {
    if (/^[a-z]+:/.test(link)) return false;
    const target = new URL(link, new URL(document, root));
    const anchor = target.hash.slice(1);
    target.hash = "";
    try {
      const { isFile } = Deno.statSync(target);
      return anchor !== "" && !(isFile && anchorsIn(Deno.readTextFileSync(target)).includes(anchor));
    } catch {
      return true;
    }
  }).map((link) => `${document}: ${link}`);
}

Deno.test("every relative link of a document leads to a file and a heading that exist", () => {
  const documents = documentsIn();
  ok(documents.includes("README.md") && documents.includes("docs/architecture.md"));
  equal(documents.flatMap(brokenLinksIn), []);
});
