/**
 * Everything that a browser loads, by its path. The library files come with the program as text. Our own are found from
 * the page: what it names, what that imports, and so on; so there is no list to keep, and nothing else in these folders
 * is ever served.
 *
 * @module
 */
import preact from "preact" with { type: "text" };
import preactHooks from "preact/hooks" with { type: "text" };
import signals from "@preact/signals" with { type: "text" };
import signalsCore from "@preact/signals-core" with { type: "text" };
import htm from "htm" with { type: "text" };
import htmPreact from "htm/preact" with { type: "text" };
import uPlotCss from "uplot/dist/uPlot.min.css" with { type: "text" };
import uPlotJs from "uplot/dist/uPlot.esm.js" with { type: "text" };
import index from "./index.html" with { type: "text" };

/** The page that a browser gets at `/`. */
export const INDEX: string = index;

const LIBRARIES = {
  "/assets/preact.js": preact,
  "/assets/preact-hooks.js": preactHooks,
  "/assets/signals.js": signals,
  "/assets/signals-core.js": signalsCore,
  "/assets/htm.js": htm,
  "/assets/htm-preact.js": htmPreact,
  "/assets/uPlot.esm.js": uPlotJs,
  "/assets/uPlot.min.css": uPlotCss,
};

const ROOT = new URL("../", import.meta.url);

/** What the page itself names of ours. */
const NAMED = /(?:src|href)="(\/web\/[^"]+)"/g;

/** What a file imports of ours when it runs: types alone are not there in a browser. */
const IMPORTED = /^(?:import|export)(?! type\b)[\w\s{},*$]*"(\.[^"]+)";$/gm;

let files: ReadonlyMap<string, string> | undefined;

/**
 * What the page loads, by its path, as it is written: read at the first call, and the same from then on. Needs permission
 * to read this project.
 *
 * @throws {Deno.errors.NotFound} if the page, or a file that it loads, names one that is not there.
 */
export function filesOfPage(): ReadonlyMap<string, string> {
  return files ??= new Map([...Object.entries(LIBRARIES), ...ourFiles()]);
}

function ourFiles(): Map<string, string> {
  const texts = new Map<string, string>();
  const paths = new Set(Array.from(INDEX.matchAll(NAMED), ([, path]) => path));
  // The set grows on the way: also what is added now is gone through.
  for (const path of paths) {
    const text = Deno.readTextFileSync(new URL(`.${path}`, ROOT));
    texts.set(path, text);
    for (const [, from] of text.matchAll(IMPORTED)) paths.add(new URL(from, new URL(path, "http://daemon")).pathname);
  }
  return texts;
}
