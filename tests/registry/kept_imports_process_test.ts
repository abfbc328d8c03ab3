import { deepStrictEqual as equal } from "node:assert/strict";
import { LabDaemon } from "../../lib/daemon.ts";
import type { DescriptionStore } from "../../lib/registry/description_cache.ts";

const driver = (part: string) => `
import { defineDriver } from "labdaemon/driver";
import { summary } from "./${part}";
export default defineDriver({ name: "Dice", summary, create: () => ({}) });
`;

Deno.test("Each start has the present driver: after a change of an imported file, and of the list of imports", async () => {
  const folder = await Deno.makeTempDir();
  const write = (name: string, text: string) => Deno.writeTextFile(`${folder}/${name}`, text);
  const texts: string[] = [];
  const descriptions: DescriptionStore = {
    read: () => Promise.resolve(texts.at(-1)),
    write: (text) => Promise.resolve(void texts.push(text)),
  };
  const summaries = async () => {
    await using daemon = new LabDaemon({ descriptions });
    await daemon.loadDrivers(folder);
    return daemon.drivers().map(({ summary, error }) => summary ?? error);
  };
  try {
    await write("_part.ts", 'export const summary = "one";');
    await write("dice.ts", driver("_part.ts"));
    equal(await summaries(), ["one"]);
    equal(await summaries(), ["one"]);
    await write("_part.ts", 'export const summary = "two";');
    equal(await summaries(), ["two"]);
    await write("_part.ts", 'export { summary } from "./_more.ts";');
    await write("_more.ts", 'export const summary = "three";');
    equal(await summaries(), ["three"]);
    await write("_more.ts", 'export const summary = "four";');
    equal(await summaries(), ["four"]);
    // The known imports are not there any more, and not needed.
    await Deno.remove(`${folder}/_part.ts`);
    await Deno.remove(`${folder}/_more.ts`);
    await write("_other.ts", 'export const summary = "five";');
    await write("dice.ts", driver("_other.ts"));
    equal(await summaries(), ["five"]);
    equal(texts.length, 5);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
