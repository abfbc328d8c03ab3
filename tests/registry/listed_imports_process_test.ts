import { deepStrictEqual as equal } from "node:assert/strict";
import { SourceFiles } from "../../lib/registry/files/source_files.ts";

/** Counts the programs that are started meanwhile. */
async function startsOf(work: () => Promise<unknown>): Promise<number> {
  const { Command } = Deno;
  let count = 0;
  Deno.Command = class extends Command {
    constructor(...args: ConstructorParameters<typeof Command>) {
      super(...args);
      count++;
    }
  };
  try {
    await work();
  } finally {
    Deno.Command = Command;
  }
  return count;
}

Deno.test("the imports of a driver are listed once for all that import the same packages, and always if it imports files", async () => {
  const folder = await Deno.makeTempDir();
  const write = async (name: string, text: string) => {
    await Deno.writeTextFile(`${folder}/${name}`, text);
    return new URL(`file://${folder}/${name}`);
  };
  const driver = 'import { defineDriver } from "labdaemon/driver";\nimport { open } from "node:fs";\n';
  try {
    const first = await write("first.ts", `${driver}export default defineDriver;`);
    const second = await write("second.ts", `${driver}export default 2;`);
    const other = await write("other.ts", `${driver}import { part } from "./_part.ts";\nexport default part;`);
    await write("_part.ts", 'export { part } from "./_more.ts";');
    await write("_more.ts", "export const part = 1;");
    const listed = (await SourceFiles.read(first)).imports;
    equal(listed, { files: [first.href], packages: ["npm:zod@4.6.7"] });
    const read = async () => equal((await SourceFiles.read(second)).imports, { ...listed, files: [second.href] });
    equal(await startsOf(read), 0);
    const files = ["_more.ts", "_part.ts", "other.ts"].map((name) => `file://${folder}/${name}`);
    const readOther = async () => equal((await SourceFiles.read(other)).imports, { ...listed, files });
    // Once for the list, and once for that it is the same when all of it is read.
    equal(await startsOf(readOther), 2);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
