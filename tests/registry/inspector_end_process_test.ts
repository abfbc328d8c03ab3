import { ok } from "node:assert/strict";
import { DriverVersion } from "../../lib/registry/driver_version.ts";
import { SourceFiles } from "../../lib/registry/source_files.ts";

Deno.test("close() of a driver's version returns after its process has ended, also if that was ending already", async () => {
  const file = new URL("../../drivers/streaming_daq.ts", import.meta.url);
  const version = await DriverVersion.load(file, await SourceFiles.read(file));
  let isEnded = false;
  version.close().then(() => isEnded = true);
  await version.close();
  ok(isEnded);
});
