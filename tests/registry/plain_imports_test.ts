import { deepStrictEqual as equal } from "node:assert/strict";
import { plainImports } from "../../lib/registry/files/plain_imports.ts";

Deno.test("the packages of a driver that imports nothing else are read from its text", () => {
  const text = `// A line.
/**
 * import { other } from "./other.ts"
 */
import { defineDriver, every } from "labdaemon/driver"; // the surface
import { Socket } from 'node:net'
import type {
  Client,
} from "npm:mqtt@5.16.0";
import * as zod from "zod";
import "node:buffer";

const here = import.meta.url;
export const a = 1;
export type A = typeof a;
export default defineDriver({ name: "A", create: () => ({}) });
`;
  const names = ["labdaemon/driver", "node:buffer", "node:net", "type npm:mqtt@5.16.0", "zod"];
  equal(plainImports(text), names);
  equal(plainImports(text.replaceAll("\n", "\r\n")), names);
  equal(plainImports("export default 1;"), []);
  equal(plainImports('import "zod"'), ["zod"]);
});

Deno.test("a text that imports files, or may do so, is not read", () => {
  const last = "export default 1;\n";
  const others = [
    'import { a } from "./a.ts";\n',
    'import { a } from "a package of nowhere";\n',
    'import a from "https://example.org/a.ts";\n',
    'import { a } from /* here */ "./a.ts";\n',
    'import { a } from "zod"; import { b } from "./b.ts";\n',
    'import text from "zod" with { type: "text" };\n',
    'const a = await import("./a.ts");\n',
    'const a = 1;\nimport { b } from "zod";\n',
    "const a = `\nimport { b } from 'zod';\n`;\n",
    'export { a } from "./a.ts";\n',
    'export * from "./a.ts";\n',
    'export type { A } from "./a.ts";\n',
    'export /* all */ * from "./a.ts";\n',
    '// @ts-types="./a.d.ts"\nimport { a } from "zod";\n',
    '/// <reference types="./a.d.ts" />\n',
    '/** @jsxImportSource npm:preact */\nimport { a } from "zod";\n',
    'type A = import("./a.ts").A;\n',
    'import a = require("./a.ts");\n',
  ];
  for (const other of others) equal(plainImports(other + last), undefined, other);
});
