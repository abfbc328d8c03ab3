import { deepStrictEqual as equal, ok, rejects } from "node:assert/strict";
import { stripTypeScriptTypes } from "node:module";
import { filesOfPage, MAIN, PACKAGES } from "../../../web/files.ts";
import { linkedScript } from "../../../lib/format/linked/linked_script.ts";
import { sourceMap } from "../../../lib/format/linked/source_map.ts";

const linked = (files: Record<string, string>) => linkedScript(new Map(Object.entries(files)), "/web/main.ts");

/** Puts a value where the scripts of this file leave theirs. */
const RESULT = "(globalThis as Record<string, unknown>).linkedResult";

async function resultOf(files: Record<string, string>): Promise<unknown> {
  const { script } = await linked(files);
  await import(`data:text/javascript,${encodeURIComponent(script)}`);
  return Reflect.get(globalThis, "linkedResult");
}

Deno.test("a linked script runs each file once, behind those that it imports, with each form of import and export", async () => {
  const files = {
    "/web/main.ts": `import "./first.ts";
import type { Kind } from "./all/mod.ts";
import path, { join } from "node:path";
import {
  Box,
  count as counted,
  named,
  other,
  type Unused,
} from "./all/mod.ts";

const own: Kind = new Box(counted()).value;
${RESULT} = [...log(), own, counted(), named, other, join("a", "b"), path.basename("/c/d")];

function log(): string[] {
  return (globalThis as { order?: string[] }).order!;
}
`,
    "/web/first.ts": `const from: string[] = [];
Object.assign(globalThis, { order: from });
from.push("first");
`,
    "/web/all/mod.ts": `export type { Kind } from "./kind.ts";
export * from "./box.ts";
export { count, count as named2 } from "../count.ts";
export { hidden as named } from "./box.ts";
export const other = "other";
`,
    "/web/all/box.ts": `import { count } from "../count.ts";

export class Box {
  constructor(readonly_: number) {
    this.value = readonly_ + count();
  }
  value: number;
}
export type Unused = string;
export const hidden = "hidden";
`,
    "/web/count.ts": `let n = 0;

/** Counts. */
export function count(): number {
  return ++n;
}
export async function later(): Promise<number> {
  return await count();
}
`,
    "/web/all/kind.ts": "export type Kind = number;\n",
  };
  equal(await resultOf(files), ["first", 3, 3, "hidden", "other", "a/b", "d"]);
});

Deno.test("what a compiler has made of a package is linked: all of a file by one name, lists of exports, a default function", async () => {
  const { script, files } = await linkedScript(
    new Map(Object.entries({
      "/main.js": `// import { gone } from "./gone.js"; no \`export default kit\` here
import * as kit from "kit";
import twice from "./twice.js";
export { kit, kit as default };
export const four = twice(kit.one + kit.inner.$one);
`,
      "/kit/index.js": `export * as inner from "./inner.js";
export { $one as one, isNull as null, Kind } from "./inner.js";
`,
      "/kit/inner.js": `const $one = 1;
export var Kind;
(function (Kind) {
    Kind["A"] = "a";
})(Kind || (Kind = {}));
export /*@__NO_SIDE_EFFECTS__*/ function isNull(value) {
    return value === null;
}
export {
  $one,
};
`,
      "/twice.js": `export default function (n) {
    return n * 2;
}
`,
    })),
    "/main.js",
    { kit: "/kit/index.js" },
  );
  const { constant, names } = files.get("/main.js")!;
  equal(names.toSorted(), ["default", "four", "kit"]);
  const { linked } = await import(
    `data:text/javascript,${encodeURIComponent(`${script}export const linked = ${constant};`)}`
  );
  equal([linked.four, linked.kit.null(null), linked.kit.Kind.A, linked.default === linked.kit], [4, true, "a", true]);
});

Deno.test("a file is linked for its values alone, also by another name, and the script knows what each one exports", async () => {
  const { script, files } = await linkedScript(
    new Map(Object.entries({
      "/main.ts":
        'import { type A, type B as C } from "./absent.ts";\nimport { b } from "kit";\nexport const a: A = b;\n',
      "/kit/mod.ts": 'export * from "./b.ts";\nexport { b as c } from "./b.ts";\n',
      "/kit/b.ts": "export const b = 1;\nexport function f() {}\n",
    })),
    "/main.ts",
    { kit: "/kit/mod.ts" },
  );
  const names = Array.from(files, ([path, { names }]) => [path, ...names]);
  equal(names, [["/kit/b.ts", "b", "f"], ["/kit/mod.ts", "b", "f", "c"], ["/main.ts", "a"]]);
  const exported = `export const { a } = ${files.get("/main.ts")!.constant};`;
  equal((await import(`data:text/javascript,${encodeURIComponent(script + exported)}`)).a, 1);
});

Deno.test("a library in the form that it is published in is linked", async () => {
  const files = new Map(Object.entries({
    "/web/main.ts": `import lib, { all, Box, named as other } from "lib";
import { twice } from "lib/small";
${RESULT} = [lib(1), all, new Box().value, other, twice(2)];
`,
    "/assets/lib.js": `import { parts } from './parts/index.js';
const all = parts, hidden = 4;
export class Box {
  value = hidden;
}
export {
  all,
  hidden as named,
};
export default function (n) { return n + hidden; }
//# sourceMappingURL=lib.js.map
`,
    "/assets/parts/index.js": "export * from './part.js';\nexport { one } from './part.js';\n",
    "/assets/parts/part.js": "export const parts = 3, one = 1;\n",
    "/assets/small.js":
      `import n from"lib";import{named as t}from"lib";var e=n(t);export{parts}from"./parts/part.js";` +
      `function r(n){return n*e}export{r as twice};//# sourceMappingURL=small.js.map`,
  }));
  const packages = { lib: "/assets/lib.js", "lib/small": "/assets/small.js" };
  const { script } = await linkedScript(files, "/web/main.ts", packages);
  await import(`data:text/javascript,${encodeURIComponent(script)}`);
  equal(Reflect.get(globalThis, "linkedResult"), [5, 3, 4, 4, 16]);
});

Deno.test("the dashboard's script is one without imports, and has all of its libraries", async () => {
  const { script, files } = await linkedScript(filesOfPage(), MAIN, PACKAGES);
  // A function's body has no imports.
  new Function(script);
  equal(Object.values(PACKAGES).filter((path) => !files.has(path)), []);
});

Deno.test("a file in a form that cannot be linked is refused with its name and the line", async (test) => {
  const refused: Record<string, [files: Record<string, string>, message: RegExp]> = {
    "a default export": [{ "/web/main.ts": "export default 1;\n" }, /\/web\/main\.ts: export default 1;/],
    "a value that others would not see change": [{ "/web/main.ts": "export let n = 1;\n" }, /: export let n/],
    "an import of two kinds": [
      { "/web/main.ts": 'import join, * as path from "node:path";\n' },
      /: import join, \* as path/,
    ],
    "a cycle": [
      { "/web/main.ts": 'import "./a.ts";\n', "/web/a.ts": 'import { b } from "./main.ts";\n' },
      /\/web\/main\.ts → \/web\/a\.ts → \/web\/main\.ts: a cycle/,
    ],
  };
  for (const [name, [files, message]] of Object.entries(refused)) {
    await test.step(name, () => rejects(linked(files), { name: "SyntaxError", message }));
  }
});

Deno.test("the map of the dashboard's script leads each line to its file and line", async () => {
  const files = filesOfPage();
  const linked = await linkedScript(files, MAIN, PACKAGES);
  const map = sourceMap(linked, (path) => `..${path}`);
  const { sources, mappings } = JSON.parse(map) as { sources: string[]; mappings: string };
  equal(sources.at(-1), "../web/main.ts");
  const texts = sources.map((path) => {
    const text = files.get(path.slice(2))!;
    return (path.endsWith(".ts") ? stripTypeScriptTypes(text) : text).split("\n");
  });
  const lines = linked.script.split("\n");
  const place = { source: 0, line: 0 };
  const seen = new Set<string>();
  let compared = 0;
  for (const [at, segment] of mappings.split(";").entries()) {
    if (segment === "") continue;
    const [column, source, line] = numbersOf(segment);
    equal(column, 0);
    place.source += source;
    place.line += line;
    seen.add(`${place.source}:${place.line}`);
    const written = texts[place.source][place.line];
    // Imports and exports have another form in the script, and the first line has the head of a function before it.
    if (place.line === 0 || /^(?:import|export)\b|;export\{|^\} from "|^ +[\w$, ]*$/.test(written)) continue;
    equal(lines[at], written, `${sources[place.source]}:${place.line + 1}`);
    compared++;
  }
  equal(seen.size, texts.reduce((sum, lines) => sum + lines.length, 0));
  ok(compared > 5_000, `${compared} lines`);
});

/** The numbers of a segment of a source map. */
function numbersOf(segment: string): number[] {
  const numbers: number[] = [];
  let value = 0;
  let scale = 1;
  for (const digit of segment) {
    const bits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".indexOf(digit);
    value += (bits % 32) * scale;
    scale *= 32;
    if (bits >= 32) continue;
    numbers.push(value % 2 ? -(value - 1) / 2 : value / 2);
    [value, scale] = [0, 1];
  }
  return numbers;
}
