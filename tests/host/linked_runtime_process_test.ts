/** The library as one file: a driver's process starts with it, and a driver finds in it what it imports. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import config from "../../deno.json" with { type: "json" };
import { openProcess } from "../../lib/host/driver_process.ts";
import { IGNORE_EVENTS } from "../../lib/host/host.ts";
import { findOrMake, type LinkedRuntime } from "../../lib/host/linked/linked_runtime.ts";
import type { EncodedJson } from "../../lib/stream/encode.ts";

const LIBRARY = new URL("../../lib/", import.meta.url);
const options = { attempt: "Cannot", limitMs: 30_000 };

async function folderOfTest(): Promise<AsyncDisposable & { path: string }> {
  const path = await Deno.makeTempDir({ prefix: "labdaemon-test-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** The answer of the method `ask` of a driver, in a process of its own. */
async function answerOf(runtime: LinkedRuntime | undefined, file: URL): Promise<unknown> {
  const host = openProcess({ name: "asked", imports: [file], runtime }, IGNORE_EVENTS);
  try {
    await host.request("load", { file: file.href }, options);
    const identity = { device_id: "asked", epoch: "k3f9", next_sequence: 0 };
    await host.request("create", { ...identity, params: {} }, options);
    await host.request("connect", {}, options);
    const answer = await host.request("call", { method: "ask", args: [], kwargs: {} }, options);
    return (answer as EncodedJson).decode();
  } finally {
    await host.close();
  }
}

/** Imports modules of the library by the package's name and by their paths, from inside it and from outside. */
const DRIVER = `import { defineDriver, every, LabError } from "labdaemon/driver";
import { z } from "zod";
import { defineDriver as byPath } from "${new URL("driver/mod.ts", LIBRARY)}";
import { LabError as ofErrors } from "${new URL("errors.ts", LIBRARY)}";
import { readRecording } from "labdaemon/recording";

const stack = () => new Error().stack ?? "";

export default defineDriver({
  name: "Asked",
  params: z.object({ text: z.string().default("a") }),
  create: ({ text }) => ({ text }),
  methods: {
    ask: {
      run: (device: { text: string }) => ({
        text: device.text,
        isOne: byPath === defineDriver && ofErrors === LabError,
        replay: typeof readRecording,
        every: typeof every,
        linked: every.toString().length > 0 && stack().includes("/process_main.js"),
      }),
    },
  },
});
`;

Deno.test("a driver finds each module of the library once, whether or not its process starts from one file", async () => {
  await using folder = await folderOfTest();
  const file = new URL(`file://${folder.path}/asked.ts`);
  await Deno.writeTextFile(file, DRIVER);
  const runtime = await findOrMake(`${folder.path}/caches`);
  ok(runtime);
  const expected = { text: "a", isOne: true, replay: "function", every: "function" };
  equal(await answerOf(runtime, file), { ...expected, linked: true });
  equal(await answerOf(undefined, file), { ...expected, linked: false });
});

Deno.test("a driver that is a YAML file runs in a process that starts from one file", async () => {
  await using folder = await folderOfTest();
  const runtime = await findOrMake(`${folder.path}/caches`);
  const host = openProcess({ name: "meter.yaml", imports: [], runtime }, IGNORE_EVENTS);
  try {
    const text = `driver: Meter\ntransport: scpi\nvalues:\n  volt: { ask: "V?" }\n`;
    const url = "file:///meter.yaml";
    const kept = { texts: { [url]: text }, packages: [] };
    const description = await host.request("load", { file: url, kept }, options);
    equal(description?.name, "Meter");
  } finally {
    await host.close();
  }
});

Deno.test("a process reads no file of YAML drivers and loads no module of Node at its start: Deno sees no such name before", async () => {
  await using folder = await folderOfTest();
  const text = await Deno.readTextFile((await findOrMake(folder.path))!.main);
  const matches = [...text.matchAll(/^import .* from "([^"]+)"|\bimport\("([^"]+)"/gm)];
  equal(matches.filter(([, atStart, later]) => atStart ?? !later.startsWith("node:")).map(([all]) => all), []);
  ok(text.includes("declared/file/declared_driver.ts"));
});

/** Imports zod by each name that it may have, and asks for the messages of a language when its files are no longer readable. */
const ZOD_DRIVER = `import { defineDriver } from "labdaemon/driver";
import { z } from "zod";
import zod, * as all from "zod";
import { z as ofPackage } from "${config.imports.zod}";

export default defineDriver({
  name: "Asked",
  params: z.object({ text: all.string().default("a") }),
  create: ({ text }) => ({ text }),
  methods: {
    ask: {
      run: () => {
        const german = z.locales.de();
        const { error } = z.object({ n: zod.int() }).safeParse({ n: "1" }, { error: german.localeError });
        return {
          names: Object.keys(all).sort(),
          languages: Object.keys(z.locales).sort(),
          core: Object.keys(z.core).sort(),
          isOne: ofPackage.string === z.string && zod.string === z.string && all.string === z.string,
          schema: z.toJSONSchema(z.object({ a: z.iso.date().optional(), b: z.enum(["x"]).meta({ title: "B" }) })),
          english: z.string().safeParse(1).error.issues[0].message,
          german: error.issues[0].message,
        };
      },
    },
  },
});
`;

Deno.test("zod is in the one file, whole and once: by each of its names, with the messages of all languages", async () => {
  await using folder = await folderOfTest();
  const file = new URL(`file://${folder.path}/asked.ts`);
  await Deno.writeTextFile(file, ZOD_DRIVER);
  const runtime = await findOrMake(`${folder.path}/caches`);
  ok(runtime);
  const text = await Deno.readTextFile(runtime.main);
  ok(text.includes('$constructor("ZodObject"'), "zod is not linked: it has a form that linked_script.ts does not know");
  equal(text.match(/[\u0080-\uffff]/g), null, "V8 keeps two bytes for each of its characters");
  const answer = await answerOf(runtime, file) as Record<string, unknown>;
  equal(answer, await answerOf(undefined, file));
  equal([answer.isOne, answer.english], [true, "Invalid input: expected string, received number"]);
  ok(String(answer.german).startsWith("Ungültige Eingabe"), String(answer.german));
});

Deno.test("the file is made once, and again when somebody has emptied the folder", async () => {
  await using folder = await folderOfTest();
  const first = await findOrMake(folder.path);
  ok(first);
  const made = await Deno.stat(first.main);
  equal(await findOrMake(folder.path), first);
  equal((await Deno.stat(first.main)).ino, made.ino);
  await Deno.remove(`${folder.path}/labdaemon`, { recursive: true });
  equal(await findOrMake(folder.path), first);
  ok((await Deno.stat(first.main)).isFile);
});

Deno.test("two daemons that make the file at once both have it, and leave nothing else", async () => {
  await using folder = await folderOfTest();
  const [one, other] = await Promise.all([findOrMake(folder.path), findOrMake(folder.path)]);
  ok(one);
  equal(other, one);
  const versions = one.folder.slice(0, one.folder.lastIndexOf("/"));
  const names = [...Deno.readDirSync(versions)].map(({ name }) => name).sort();
  equal(names, [one.folder.slice(versions.length + 1), "files.json"].sort());
});

Deno.test("a folder that no permission can name has no such file: processes start from the library's own files", async () => {
  await using folder = await folderOfTest();
  equal(await findOrMake(`${folder.path}/a, b`), undefined);
});
