import { type DaemonOptions, LabDaemon } from "../../lib/daemon.ts";

/** A daemon with driver files in a folder of its own, far from the library. */
export interface Bench extends AsyncDisposable {
  readonly daemon: LabDaemon;
  /** The folder of the driver files. */
  readonly folder: string;
}

/**
 * Loads drivers from a new folder: files of `tests/support/drivers` by their name, and files with the given text. Each
 * runs in processes of its own. Afterwards nothing of it is left.
 */
export function benchOf(...files: (string | Record<string, string>)[]): Promise<Bench> {
  return benchWith({}, ...files);
}

/** The same with a daemon that has options. */
export async function benchWith(
  options: DaemonOptions,
  ...files: (string | Record<string, string>)[]
): Promise<Bench> {
  const folder = await Deno.makeTempDir();
  for (const file of files) {
    if (typeof file === "string") {
      await Deno.copyFile(new URL(`./drivers/${file}`, import.meta.url), `${folder}/${file}`);
    } else for (const [name, text] of Object.entries(file)) await Deno.writeTextFile(`${folder}/${name}`, text);
  }
  const daemon = new LabDaemon(options);
  await daemon.loadDrivers(folder);
  return {
    daemon,
    folder,
    async [Symbol.asyncDispose]() {
      await daemon.shutdown();
      await Deno.remove(folder, { recursive: true });
    },
  };
}
