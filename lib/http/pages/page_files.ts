import { createHash } from "node:crypto";
import { stripTypeScriptTypes } from "node:module";
import { filesOfPage, MAIN, PACKAGES } from "../../../web/files.ts";
import { type LinkedScript, linkedScript } from "../../format/linked/linked_script.ts";
import { sourceMap } from "../../format/linked/source_map.ts";

/** A file that the dashboard's page loads. */
interface PageFile {
  readonly text: () => string | Promise<string>;
  readonly headers: { "Content-Type": string; "Cache-Control": string };
}

const TYPES: Record<string, string> = {
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  map: "application/json; charset=utf-8",
  ts: "text/javascript; charset=utf-8",
};

/** The files of one version never change: a browser asks for each of them once. */
const FOR_EVER = "max-age=31536000, immutable";

/** The folders of the files. */
const FOLDERS = /^\/(web|lib|assets)\//;

let version: string | undefined;

/** A path of its own for each version of the files. The dashboard names its files below that path. */
export function versionPath(): string {
  if (version) return version;
  const hash = createHash("sha256");
  for (const [path, text] of filesOfPage()) hash.update(`${path}\n${text.length}\n${text}`);
  return version = `/assets/${hash.digest("base64url").slice(0, 16)}`;
}

let pageFiles: ReadonlyMap<string, PageFile> | undefined;

/** The file at a path: its own path, or the path below that of its version, where a browser may keep the file. */
export function pageFileAt(path: string): PageFile | undefined {
  if (!FOLDERS.test(path)) return undefined;
  return (pageFiles ??= findFiles()).get(path);
}

function findFiles(): Map<string, PageFile> {
  const files = filesOfPage();
  const found = new Map<string, PageFile>();
  const add = (path: string, text: PageFile["text"]) => {
    const type = TYPES[path.slice(path.lastIndexOf(".") + 1)];
    for (const [at, caching] of [[path, "no-cache"], [versionPath() + path, FOR_EVER]]) {
      found.set(at, { text, headers: { "Content-Type": type, "Cache-Control": caching } });
    }
  };
  for (const [path, text] of files) add(path, () => textFor(path, text));
  // The script that the page names. It is made when it is first requested.
  let linked: Promise<LinkedScript> | undefined;
  const link = () => linked ??= linkedScript(files, MAIN, PACKAGES);
  const script = MAIN.replace(/ts$/, "js");
  const map = `${script}.map`;
  add(script, async () => `${(await link()).script}//# sourceMappingURL=${map.slice(map.lastIndexOf("/") + 1)}\n`);
  add(map, async () => sourceMap(await link(), (path) => `..${path}`));
  return found;
}

/** The JavaScript of each TypeScript file that was requested: stripping its types takes a moment. */
const stripped = new Map<string, string>();

/** A file as a browser reads it. The types of TypeScript become spaces, so that line numbers stay. */
function textFor(path: string, text: string): string {
  if (!path.endsWith(".ts")) return text;
  let script = stripped.get(path);
  if (script === undefined) stripped.set(path, script = stripTypeScriptTypes(text));
  return script;
}
