/**
 * The documentation of this version, as it lies beside the program: its pages, and the further files that they name.
 *
 * @module
 */

const ROOT = new URL("../../../", import.meta.url);

/** Documents outside of `docs/`. */
const ROOT_PAGES = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"];

/** A relative target of a link or a picture. */
const TARGETS = /\]\((?![a-z]+:|#)([^)#\s]+)|src="(?![a-z]+:)([^"#]+)"/g;

/** One page of the documentation. */
export interface DocumentPage {
  /** The path of the page in the project: `docs/leases.md`. */
  path: string;
  /** The path of the page below `/help/`: `leases`. */
  slug: string;
  title: string;
  /** Markdown. */
  text: string;
}

/** The documentation. */
export interface Documents {
  /** The pages by their paths in the project. */
  pages: ReadonlyMap<string, DocumentPage>;
  /** The other files of the project that pages name, by their paths in it: pictures and sources. */
  files: ReadonlySet<string>;
}

/** Reads all pages. Needs permission to read this project. */
export async function readDocuments(): Promise<Documents> {
  const paths = [...await pathsOf(ROOT_PAGES), ...await markdownIn("docs/")];
  const pages = new Map<string, DocumentPage>();
  for (const path of paths) {
    const text = await Deno.readTextFile(new URL(path, ROOT));
    const title = /^# (.+)$/m.exec(text)?.[1] ?? path;
    pages.set(path, { path, slug: slugOf(path), title: title.replaceAll("`", ""), text });
  }
  const named = [...pages.values()].flatMap(({ path, text }) =>
    [...text.matchAll(TARGETS)].map(([, link, picture]) => linkTarget(path, link ?? picture))
  );
  const others = [...new Set(named)].filter((path) => path !== undefined && !pages.has(path)) as string[];
  return { pages, files: new Set(await pathsOf(others)) };
}

/** The bytes of a file that pages name. */
export function readNamed(path: string): Promise<Uint8Array<ArrayBuffer>> {
  return Deno.readFile(new URL(path, ROOT));
}

/** The path in the project of a relative target; `undefined` for one outside of it. */
export function linkTarget(path: string, target: string): string | undefined {
  const url = URL.parse(target, `http://project/root/${path}`);
  return url?.pathname.startsWith("/root/") ? decodeURI(url.pathname.slice("/root/".length)) : undefined;
}

function slugOf(path: string): string {
  return path.replace(/^docs\//, "").replace(/\.md$/, "").toLowerCase();
}

async function markdownIn(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, ROOT))) {
    if (isDirectory) found.push(...await markdownIn(`${folder}${name}/`));
    else if (name.endsWith(".md")) found.push(folder + name);
  }
  return found.sort();
}

/** The paths that are files. */
async function pathsOf(paths: readonly string[]): Promise<string[]> {
  const found = await Promise.all(paths.map(async (path) => {
    const info = await Deno.stat(new URL(path, ROOT)).catch(() => undefined);
    return info?.isFile ? [path] : [];
  }));
  return found.flat();
}
