/**
 * Everything that a browser loads, by its path. The library files come with the program as text. The project's own files are
 * found from the page: the files that it names, the files that those import, and so on. There is no list to keep, and no
 * other file of these folders is ever served.
 *
 * @module
 */
import preact from "preact" with { type: "text" };
import preactHooks from "preact/hooks" with { type: "text" };
import signals from "@preact/signals" with { type: "text" };
import signalsCore from "@preact/signals-core" with { type: "text" };
import htm from "htm" with { type: "text" };
import fft from "fft.js" with { type: "text" };
import jsep from "jsep" with { type: "text" };
import htmPreact from "htm/preact" with { type: "text" };
import uPlotCss from "uplot/dist/uPlot.min.css" with { type: "text" };
import uPlotJs from "uplot/dist/uPlot.esm.js" with { type: "text" };
import uPlotSmall from "uplot/dist/uPlot.iife.min.js" with { type: "text" };
import page from "./index.html" with { type: "text" };

/** The style sheets that the page names, in their order: those of the project, and of libraries. */
const SHEETS = /^ *<link rel="stylesheet" href="\.(\/[^"]+)">\n/gm;

/** The style sheet that a browser gets: the texts of all style sheets. */
const STYLE = "/web/style.css";

/** The page that a browser gets at `/`. */
export const INDEX: string = page.replaceAll(SHEETS, (line, path) => path === STYLE ? line : "");

const LIBRARIES: Record<string, string> = {
  "/assets/preact.js": preact,
  "/assets/preact-hooks.js": preactHooks,
  "/assets/signals.js": signals,
  "/assets/signals-core.js": signalsCore,
  "/assets/htm.js": htm,
  "/assets/htm-preact.js": htmPreact,
  // It is published for Node.js alone: its last line becomes that of a module.
  "/assets/fft.js": fft.replace(/^module\.exports = FFT;$/m, "export default FFT;"),
  "/assets/jsep.js": jsep,
  "/assets/uPlot.js": uPlotOnDemand(),
  // The example page loads these.
  "/assets/uPlot.esm.js": uPlotJs,
  "/assets/uPlot.min.css": uPlotCss,
};

/**
 * The script of uPlot, a third of its module's size, as a module. It makes formats of numbers and times at once, which takes a
 * tenth of the time in which a page is loaded: here, with the first plot.
 */
function uPlotOnDemand(): string {
  const [, functionOfAll] = /^[^;]*?var uPlot=(function\(\)\{.*\})\(\);\s*$/s.exec(uPlotSmall) ?? [];
  if (!functionOfAll) throw new SyntaxError("uPlot's script has another form than `var uPlot=function(){ … }();`");
  return `const make = ${functionOfAll};
let uPlot;
export default new Proxy(class {}, {
  construct: (_, all) => new (uPlot ??= make())(...all),
  get: (_, name) => (uPlot ??= make())[name],
});
`;
}

const ROOT = new URL("../", import.meta.url);

/**
 * A library of several files, whose package exports only the first of them. The others are found by their imports, as
 * the project's own files are.
 */
const PARSER = { path: "/assets/eventsource-parser/", folder: new URL(".", import.meta.resolve("eventsource-parser")) };

/** The files of the libraries, by the names that the project's files import. */
export const PACKAGES: Readonly<Record<string, string>> = {
  "preact": "/assets/preact.js",
  "preact/hooks": "/assets/preact-hooks.js",
  "@preact/signals": "/assets/signals.js",
  "@preact/signals-core": "/assets/signals-core.js",
  "htm": "/assets/htm.js",
  "htm/preact": "/assets/htm-preact.js",
  "fft.js": "/assets/fft.js",
  "jsep": "/assets/jsep.js",
  "uplot": "/assets/uPlot.js",
  "eventsource-parser": `${PARSER.path}index.js`,
};

/** The file whose script, linked with all that it imports, the page names with the ending `.js`. */
export const MAIN = "/web/main.ts";

/** The files that a file imports when it runs; imports of types alone do not exist in a browser. */
const IMPORTED = /^(?:import|export)(?! type\b)[\w\s{},*$]*["'](\.[^"']+)["'];$/gm;

let files: ReadonlyMap<string, string> | undefined;

/**
 * The files that the page loads, by their paths, in their source form. They are read at the first call and do not change after
 * it. Needs permission to read this project and Deno's cache.
 *
 * @throws {Deno.errors.NotFound} if the page, or a file that it loads, names a file that does not exist.
 */
export function filesOfPage(): ReadonlyMap<string, string> {
  return files ??= new Map([...Object.entries(LIBRARIES), ...readFiles()]);
}

function readFiles(): Map<string, string> {
  const texts = new Map<string, string>();
  const sheets = Array.from(page.matchAll(SHEETS), ([, path]) => path);
  const paths = new Set([`${PARSER.path}index.js`, MAIN]);
  // The set grows in the loop, which also visits what is added.
  for (const path of paths) {
    const isParser = path.startsWith(PARSER.path);
    const file = isParser ? new URL(path.slice(PARSER.path.length), PARSER.folder) : new URL(`.${path}`, ROOT);
    const text = Deno.readTextFileSync(file);
    texts.set(path, text);
    for (const [, from] of text.matchAll(IMPORTED)) paths.add(new URL(from, new URL(path, "http://daemon")).pathname);
  }
  const styles = sheets.map((path) => LIBRARIES[path] ?? Deno.readTextFileSync(new URL(`.${path}`, ROOT)));
  return texts.set(STYLE, styles.join("\n"));
}
