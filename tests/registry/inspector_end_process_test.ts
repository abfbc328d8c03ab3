import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { DriverVersion } from "../../lib/registry/driver_version.ts";
import { SourceFiles } from "../../lib/registry/files/source_files.ts";

Deno.test("close() of a driver's version returns after its process has ended, also if that was ending already", async () => {
  const file = new URL("../../drivers/streaming_daq.ts", import.meta.url);
  const version = await DriverVersion.load(file, await SourceFiles.read(file));
  let isEnded = false;
  version.close().then(() => isEnded = true);
  await version.close();
  ok(isEnded);
});

Deno.test("A driver that imports files of other folders is described at each start", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.mkdir(`${folder}/drivers`);
  await Deno.writeTextFile(`${folder}/unit.ts`, `export const unit = "V";`);
  await Deno.writeTextFile(`${folder}/drivers/near.ts`, `export * from "./_part.ts";`);
  await Deno.writeTextFile(
    `${folder}/drivers/_part.ts`,
    `import "node:path"; import "labdaemon/driver"; import "zod";`,
  );
  await Deno.writeTextFile(`${folder}/drivers/far.ts`, `import "../unit.ts";`);
  const read = (name: string) => SourceFiles.read(new URL(`file://${folder}/drivers/${name}`));
  equal([(await read("near.ts")).isSelfContained, (await read("far.ts")).isSelfContained], [true, false]);
  await Deno.remove(folder, { recursive: true });
});
