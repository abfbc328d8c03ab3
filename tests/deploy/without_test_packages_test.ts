import { deepStrictEqual as equal, ok } from "node:assert/strict";
import config from "../../deno.json" with { type: "json" };
import { runtimeConfig, runtimeLock, TEST_PACKAGES } from "../../deploy/without_test_packages.ts";

const root = new URL("../../", import.meta.url);
const lock = JSON.parse(await Deno.readTextFile(new URL("deno.lock", root)));

/** The code of all files of the program. */
function* programFiles(folder: URL): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const url = new URL(name + (isDirectory ? "/" : ""), folder);
    if (isDirectory) yield* programFiles(url);
    else if (name.endsWith(".ts")) yield Deno.readTextFileSync(url);
  }
}

Deno.test("the program imports no package that its image leaves out", () => {
  const code = ["lib/", "web/", "drivers/", "examples/"].flatMap((it) => [...programFiles(new URL(it, root))]).join(
    "\n",
  );
  for (const name of TEST_PACKAGES) ok(!code.includes(`"${name}`), name);
});

Deno.test("the image's configuration and lock lack the packages of the tests, and nothing else", () => {
  const kept = runtimeConfig(config);
  const left = (of: object, all: object) => Object.keys(all).filter((key) => !(key in of));
  equal(left(kept.imports, config.imports).sort(), TEST_PACKAGES);
  const reduced = runtimeLock(lock);
  const isOfTests = (name: string) => TEST_PACKAGES.some((it) => name.includes(it));
  equal(left(reduced.specifiers, lock.specifiers).filter((name) => !isOfTests(name)), []);
  for (const name of TEST_PACKAGES) ok(!Object.keys(reduced.npm).some((key) => key.startsWith(`${name}@`)), name);
  // What is left needs nothing that is not.
  for (const { dependencies = [] } of Object.values<{ dependencies?: string[] }>(reduced.npm)) {
    for (const needed of dependencies) {
      ok(Object.keys(reduced.npm).some((key) => key === needed || key.startsWith(`${needed}@`)), needed);
    }
  }
});
