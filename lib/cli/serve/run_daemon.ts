import { DataLock } from "../../access/data_lock.ts";
import { LabError } from "../../errors.ts";
import { checkRequirements } from "../../host/requirements.ts";
import { readBench, readLogSettings, type ServeOptions } from "./options.ts";
import type { ProgramOutput } from "./program_output.ts";
import { hostname } from "./recordings.ts";
import { serveBench } from "./serve_bench.ts";

/**
 * Starts the log, reads the bench file, takes the data folder, and serves the bench, or a view of a hub, until a signal ends
 * it.
 *
 * @throws {LabError} why it does not start, or cannot go on.
 */
export async function runDaemon(options: ServeOptions, version: string, output: ProgramOutput): Promise<void> {
  await output.openLog(readLogSettings(options));
  const requirements = await checkRequirements();
  if (Deno.build.os === "windows") throw new LabError("InvalidRequest", `Cannot start: ${requirements.missing[0]}`);
  const bench = await readBench(options);
  using lock = await DataLock.take(bench.data, hostname());
  if (options.hubView) {
    const { serveView } = await import("./hub_view.ts");
    const { descriptors } = requirements;
    await serveView(bench, options, { version, descriptors, output, stopped: stopSignal, lock });
    return;
  }
  await serveBench(bench, options, { version, requirements, output, stopped: stopSignal, lock });
}

/** Resolves at the first SIGINT or SIGTERM. The second one ends the process at once. */
function stopSignal(): Promise<void> {
  let signals = 0;
  return new Promise((resolve) => {
    const onSignal = () => ++signals > 1 ? Deno.exit(1) : resolve();
    for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, onSignal);
  });
}
