import { folderUrl } from "../registry/list_driver_files.ts";
import { LabError } from "../errors.ts";

/** The drivers there are to begin with, each with what it is for. */
export const KINDS = {
  generator: "yields samples from a loop: simulated, or read from an SDK that answers",
  line: "an instrument that answers lines of text over TCP, as SCPI does",
  polled: "read() gives one sample; the host polls it",
  push: "an SDK that calls back: startStreaming, stopStreaming, isStreaming",
} as const;

/** One of {@linkcode KINDS}. */
export type DriverKind = keyof typeof KINDS;

/** Options of {@linkcode newDriver}. */
export interface NewDriverOptions {
  /** One of {@linkcode KINDS}. */
  kind?: string;
  /** Where it goes. */
  folder?: string | URL;
}

/** Longer names break lines of the templates. */
const LONGEST_NAME = 32;

/**
 * Writes a driver and its test, ready to run: `my_laser` becomes `my_laser.ts` with the device type `MyLaser`, and
 * `my_laser_test.ts`. A file that is there is never overwritten.
 *
 * @throws {LabError} `InvalidRequest`, for a name or kind that cannot be; of type `FileExists`, for a file that is there.
 */
export async function newDriver(
  name: string,
  { kind = "generator", folder = "drivers" }: NewDriverOptions = {},
): Promise<{ type: string; driver: URL; test: URL }> {
  const refuse = (problem: string): never => {
    throw new LabError("InvalidRequest", `Cannot make a driver ${JSON.stringify(name)}: ${problem}`);
  };
  if (!/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(name)) {
    refuse("its name must be in snake_case, like my_laser: small letters, digits, and _ between them");
  }
  if (name.endsWith("_test")) refuse("names that end in _test are for tests, which are not loaded");
  if (name.length > LONGEST_NAME) refuse(`its name has ${name.length} letters, at most ${LONGEST_NAME} are allowed`);
  if (!Object.hasOwn(KINDS, kind)) {
    refuse(`there is no kind "${kind}"; known kinds are ${Object.keys(KINDS).join(", ")}`);
  }
  const type = name.replace(/(?:^|_)(.)/g, (_, letter) => letter.toUpperCase());
  const where = folderUrl(folder);
  const [driver, test] = [new URL(`${name}.ts`, where), new URL(`${name}_test.ts`, where)];
  for (const file of [driver, test]) {
    if (await exists(file)) {
      const path = decodeURIComponent(file.pathname);
      throw new LabError(
        "InvalidRequest",
        `Cannot make a driver "${name}": ${path} is there already; choose another name, or delete it`,
        { type: "FileExists" },
      );
    }
  }
  for (const [file, suffix] of [[driver, ""], [test, "_test"]] as const) {
    const template = await Deno.readTextFile(new URL(`./templates/${kind}${suffix}.ts`, import.meta.url));
    await Deno.writeTextFile(file, fill(template, name, type, kind), { createNew: true });
  }
  return { type, driver, test };
}

/** The templates are drivers themselves, called after their kind. */
function fill(template: string, name: string, type: string, kind: string): string {
  const typeOfKind = `${kind[0].toUpperCase()}${kind.slice(1)}Template`;
  return template
    .replaceAll(typeOfKind, type)
    .replaceAll(`./${kind}.ts`, `./${name}.ts`)
    .replaceAll(/"\.\.\/mod\.ts"/g, '"../lib/testing/mod.ts"')
    .replaceAll(/"\.\.\/\.\.\/mod\.ts"/g, '"../lib/mod.ts"');
}

async function exists(file: URL): Promise<boolean> {
  return await Deno.lstat(file).then(() => true, () => false);
}
