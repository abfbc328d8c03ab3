import { deepStrictEqual as equal } from "node:assert/strict";

Deno.test("the map of the README names each folder of the library", async () => {
  const root = new URL("../../", import.meta.url);
  const [, map] = (await Deno.readTextFile(new URL("README.md", root))).split("## The map");
  const named = [...map.matchAll(/^ {2}(\w+)\/ /gm)].map(([, name]) => name);
  const folders = (await Array.fromAsync(Deno.readDir(new URL("lib/", root)))).filter(({ isDirectory }) => isDirectory);
  equal(named.toSorted(), folders.map(({ name }) => name).toSorted());
});
