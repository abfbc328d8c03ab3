import { folderUrl } from "../registry/files/list_driver_files.ts";
import { LabError } from "../errors.ts";

/**
 * The kinds of templates, each with its purpose.
 *
 * @example
 * ```ts
 * import { KINDS } from "labdaemon/testing";
 *
 * console.assert("line" in KINDS);
 * ```
 */
export const KINDS = {
  generator: "yields samples from a loop: simulated, or read from an SDK that answers",
  line: "an instrument that answers lines of text over TCP, as SCPI does",
  serial: "an instrument that answers lines of text over a serial port",
  polled: "read() gives one sample; the host polls it",
  push: "an SDK that calls back: startStreaming, stopStreaming, isStreaming",
  yaml: "an instrument without code: questions, commands and units in a YAML file",
} as const;

/**
 * The languages of drivers, each with its kinds.
 *
 * @example
 * ```ts
 * import { LANGUAGES } from "labdaemon/testing";
 *
 * console.assert(LANGUAGES.python.includes("line"));
 * ```
 */
export const LANGUAGES = {
  typescript: Object.keys(KINDS) as DriverKind[],
  python: ["generator", "line", "serial", "polled", "push"],
} satisfies Record<string, DriverKind[]>;

/** One of {@linkcode KINDS}. */
export type DriverKind = keyof typeof KINDS;

/** The options of {@linkcode newDriver}. */
export interface NewDriverOptions {
  /**
   * One of {@linkcode KINDS}.
   *
   * @default {"generator"}
   */
  kind?: string;
  /**
   * One of {@linkcode LANGUAGES}. The kind `yaml` has none.
   *
   * @default {"typescript"}
   */
  language?: string;
  /**
   * The folder of the new files.
   *
   * @default {"drivers"}
   */
  folder?: string | URL;
}

/** Modules that a driver of this name would hide from its own test. */
const PYTHON_MODULES = ["serial", "socket", "threading", "unittest", "typing", "labdaemon", "random", "math", "time"];

/** The extensions of drivers. */
const EXTENSIONS = ["ts", "py", "yaml"];

/** Longer names would exceed the line width of the templates. */
const MAX_NAME_LENGTH = 32;

/**
 * Writes a driver and its test, ready to run: `my_laser` becomes `my_laser.ts` (of the kind `yaml`, `my_laser.yaml`)
 * with the device type `MyLaser`, and `my_laser_test.ts`; in Python `my_laser.py` and `my_laser_test.py`. An existing
 * file is never overwritten, and a driver of the same name in another language is refused.
 *
 * @throws {LabError} `InvalidRequest` for an invalid name, kind or language, with the type `FileExists` for an existing file.
 *
 * @example
 * ```ts
 * import { newDriver } from "labdaemon/testing";
 *
 * const folder = await Deno.makeTempDir();
 * const { type } = await newDriver("my_laser", { kind: "line", folder });
 * console.assert(type === "MyLaser");
 * ```
 */
export async function newDriver(
  name: string,
  { kind = "generator", language = "typescript", folder = "drivers" }: NewDriverOptions = {},
): Promise<{ type: string; driver: URL; test: URL }> {
  const refuse = (problem: string): never => {
    throw new LabError("InvalidRequest", `Cannot make a driver ${JSON.stringify(name)}: ${problem}`);
  };
  if (!/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(name)) {
    refuse("its name must be in snake_case, like my_laser: small letters, digits, and _ between them");
  }
  if (name.endsWith("_test")) refuse("names that end in _test are for tests, which are not loaded");
  if (name.length > MAX_NAME_LENGTH) {
    refuse(`its name has ${name.length} letters, at most ${MAX_NAME_LENGTH} are allowed`);
  }
  if (!Object.hasOwn(KINDS, kind)) {
    refuse(`there is no kind "${kind}"; known kinds are ${Object.keys(KINDS).join(", ")}`);
  }
  if (!Object.hasOwn(LANGUAGES, language)) {
    refuse(`there is no language "${language}"; known languages are ${Object.keys(LANGUAGES).join(", ")}`);
  }
  const kinds: string[] = LANGUAGES[language as keyof typeof LANGUAGES];
  if (!kinds.includes(kind)) refuse(`there is no kind "${kind}" in ${language}; its kinds are ${kinds.join(", ")}`);
  const inPython = language === "python";
  if (inPython && PYTHON_MODULES.includes(name)) refuse(`a module of Python has this name; choose another one`);
  const type = name.replace(/(?:^|_)(.)/g, (_, letter) => letter.toUpperCase());
  const where = folderUrl(folder);
  const code = inPython ? "py" : "ts";
  const extension = kind === "yaml" ? "yaml" : code;
  const [driver, test] = [new URL(`${name}.${extension}`, where), new URL(`${name}_test.${code}`, where)];
  // A driver of this name in another language declares the same device type, and the daemon refuses both.
  for (const file of [...EXTENSIONS.map((other) => new URL(`${name}.${other}`, where)), test]) {
    if (await exists(file)) {
      const path = decodeURIComponent(file.pathname);
      throw new LabError(
        "InvalidRequest",
        `Cannot make a driver "${name}": ${path} is there already; choose another name, or delete it`,
        { type: "FileExists" },
      );
    }
  }
  // The module of pyserial is named serial, too.
  const part = inPython && kind === "serial" ? "serial_instrument" : kind;
  for (const [file, source] of [[driver, `${part}.${extension}`], [test, `${kind}_test.${code}`]] as const) {
    const template = await Deno.readTextFile(new URL(`./templates/${source}`, import.meta.url));
    await Deno.writeTextFile(file, renamed(template, kind, { name, type }), { createNew: true });
  }
  return { type, driver, test };
}

/** The template under the new driver's name. Templates are working drivers, named after their kind. */
function renamed(template: string, kind: string, { name, type }: { name: string; type: string }): string {
  const typeOfKind = `${kind[0].toUpperCase()}${kind.slice(1)}Template`;
  return template.replaceAll(typeOfKind, type).replaceAll(`./${kind}.ts`, `./${name}.ts`)
    .replaceAll(`./${kind}.yaml`, `./${name}.yaml`)
    .replace(RegExp(`^from ${kind}(_instrument)? import`, "m"), `from ${name} import`);
}

async function exists(file: URL): Promise<boolean> {
  return await Deno.lstat(file).then(() => true, () => false);
}
