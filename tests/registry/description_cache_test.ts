import { deepStrictEqual as equal } from "node:assert/strict";
import { DescriptionCache, type DescriptionStore } from "../../lib/registry/description_cache.ts";
import { DriverVersion } from "../../lib/registry/driver_version.ts";
import { SourceFiles } from "../../lib/registry/files/source_files.ts";

const FILE = new URL("file:///lab/dice.yaml");
const DICE = {
  name: "Dice",
  summary: "A die",
  params: {},
  options: {},
  sample: null,
  methods: [],
  properties: [],
  permissions: {},
};

/** A store in memory; `texts` are those that were written, the last one is read. */
function storeOf(...texts: string[]): DescriptionStore & { texts: string[] } {
  return { texts, read: () => Promise.resolve(texts.at(-1)), write: (text) => Promise.resolve(void texts.push(text)) };
}

const sources = (text = "name: Dice") => SourceFiles.ofPart(FILE, text);

Deno.test("A driver that was described before is loaded at the next start without a process", async () => {
  const store = storeOf();
  const first = new DescriptionCache(store);
  await first.add(sources(), DICE);
  await first.close();
  // These tests may not start one.
  const version = await DriverVersion.load(FILE, sources(), undefined, { descriptions: new DescriptionCache(store) });
  equal(version.description, DICE);
  equal(version.sandbox, "deno");
  await version.close();
});

Deno.test("A description is not used for another content, nor for a driver in Python", async () => {
  const cache = new DescriptionCache(storeOf());
  await cache.add(sources(), DICE);
  equal(await cache.find(sources("name: Other")), undefined);
  const python = SourceFiles.ofPackage("pymeasure:pymeasure.instruments.keithley.Keithley2400");
  await cache.add(python, DICE);
  equal(await cache.find(python), undefined);
  await cache.close();
});

Deno.test("Drivers that are loaded together are written once, and what is known is not written again", async () => {
  const store = storeOf();
  const cache = new DescriptionCache(store);
  await Promise.all([cache.add(sources(), DICE), cache.add(sources("name: Two"), { ...DICE, name: "Two" })]);
  await cache.close();
  equal(store.texts.length, 1);
  const next = new DescriptionCache(store);
  equal((await next.find(sources("name: Two")))?.name, "Two");
  await next.close();
  equal(store.texts.length, 1);
});

Deno.test("Of descriptions that are too long together, those that were used last are kept", async () => {
  const store = storeOf();
  const cache = new DescriptionCache(store);
  const summary = "x".repeat(3 * 1024 * 1024);
  for (const name of ["One", "Two", "Three"]) await cache.add(sources(`name: ${name}`), { ...DICE, name, summary });
  await cache.find(sources("name: One"));
  await cache.close();
  const next = new DescriptionCache(store);
  const found = ["One", "Two", "Three"].map(async (name) => (await next.find(sources(`name: ${name}`)))?.name);
  equal(await Promise.all(found), ["One", undefined, "Three"]);
});

Deno.test("The imports of a version are kept with its description: the same version is read without listing them", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const file = new URL(`file://${folder}/dice.ts`);
    // A list that was made now would have the other file too.
    await Deno.writeTextFile(file, 'import "./other.ts";');
    const store = storeOf();
    const first = new DescriptionCache(store);
    await first.add(await SourceFiles.readAlone(file), DICE);
    await first.close();
    const cache = new DescriptionCache(store);
    const read = await SourceFiles.read(file, undefined, (it) => cache.importsOf(it));
    equal(read.files, [file.href]);
    equal(await cache.find(read), DICE);
    equal(await cache.importsOf(new URL("other.ts", file)), undefined);
    await cache.close();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

for (
  const text of [
    "",
    "{",
    "[1]",
    '{"a":{"name":7}}',
    '{"a":{"file":"a","hash":"b","imports":{"files":7},"description":{}}}',
  ]
) {
  Deno.test(`Kept descriptions that cannot be used are made again: ${JSON.stringify(text)}`, async () => {
    const cache = new DescriptionCache(storeOf(text));
    equal(await cache.find(sources()), undefined);
    await cache.add(sources(), DICE);
    equal(await cache.find(sources()), DICE);
    await cache.close();
  });
}

Deno.test("A store that fails keeps nothing, and no driver from being loaded", async () => {
  const fail = () => Promise.reject(new Error("the disk is full"));
  const cache = new DescriptionCache({ read: fail, write: fail });
  await cache.add(sources(), DICE);
  equal(await cache.find(sources()), DICE);
  await cache.close();
});
