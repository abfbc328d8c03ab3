import { createHash } from "node:crypto";
import { pathToFileURL } from "node:url";
import type { KeptSources } from "../host/protocol.ts";
import { CONFIG_FLAG } from "../host/child_process.ts";
import { unavailable } from "../host/unavailable.ts";
import { fileName } from "./list_driver_files.ts";

/** The files that hold code. */
const CODE = /\.[cm]?[jt]sx?$/;

/** A file's content; `undefined` if the file cannot be read. */
type Content = Uint8Array | undefined;

/**
 * A version of a driver: the contents of its file, and of the files of the same folder that it imports, directly or not, at
 * one moment. Two versions are equal if all contents are; modification times do not count.
 */
export class SourceFiles {
  /** The driver's file: where a link in the driver folder leads, so that its imports are found there. */
  readonly file: URL;
  readonly #savedAt: number | undefined;
  readonly #files: string[];
  readonly #packages: string[];
  readonly #contents: Content[];
  readonly #digest: string;

  private constructor(file: URL, savedAt: number | undefined, { files, packages }: Imports, contents: Content[]) {
    this.file = file;
    this.#savedAt = savedAt;
    this.#files = files;
    this.#packages = packages;
    this.#contents = contents;
    this.#digest = digest(contents);
  }

  /** Reads a driver file and all that it imports. A file that is missing or cannot be read is part of the version as such. */
  static async read(link: URL, signal?: AbortSignal): Promise<SourceFiles> {
    const file = await targetOf(link);
    let imports: Imports = { files: [file.href], packages: [] };
    for (;;) {
      const time = await savedAt(file);
      const contents = await readAll(imports.files);
      const found = await importsOf(file, signal);
      const sources = new SourceFiles(file, time, found, contents);
      // The files may have been saved while Deno listed the imports.
      if (String(found.files) === String(imports.files) && await sources.isCurrent()) return sources;
      imports = found;
    }
  }

  /** Resolves with true if the files on the disk still have these contents. */
  async isCurrent(): Promise<boolean> {
    return digest(await readAll(this.#files)) === this.#digest;
  }

  /**
   * Resolves with the files that a process may read to import this version. A link to code is one of them; a link to
   * anything else outside the driver's folder is not, because importing it as text would read it.
   */
  async importable(): Promise<URL[]> {
    const folder = await realPath(new URL("./", this.file));
    const isImportable = async (url: URL) => {
      const path = await realPath(url);
      return path === undefined || CODE.test(path) || (folder !== undefined && path.startsWith(`${folder}/`));
    };
    const urls = this.#files.map((file) => new URL(file));
    const allowed = await Promise.all(urls.map(isImportable));
    return urls.filter((_, i) => allowed[i]);
  }

  /** Resolves with true if the driver's own file was saved since, also without a change. */
  async isSavedAgain(): Promise<boolean> {
    return await savedAt(this.file) !== this.#savedAt;
  }

  /** True if the other version has the same files with the same contents. */
  isSameAs(other: SourceFiles): boolean {
    return String(this.#files) === String(other.#files) && this.#digest === other.#digest;
  }

  /** The texts by which a process imports this version after the files have changed. */
  get kept(): KeptSources {
    const texts: Record<string, string> = {};
    for (const [i, file] of this.#files.entries()) {
      const text = textOf(this.#contents[i]);
      if (text !== undefined) texts[file] = text;
    }
    return { texts, packages: this.#packages };
  }
}

/** The imports of a driver file: the files of its folder, itself included, in alphabetical order; and npm packages. */
interface Imports {
  files: string[];
  packages: string[];
}

/**
 * Lists a file's imports by `deno info`, which resolves imports as the runtime does and runs nothing. Packages' own files,
 * and files in other folders, are left out: they do not change while a bench runs.
 */
async function importsOf(file: URL, signal?: AbortSignal): Promise<Imports> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "--no-lock", "--no-npm", "--no-remote", CONFIG_FLAG, file.href],
    stdin: "null",
    stderr: "null",
    signal,
  }).output().catch((error) => {
    throw unavailable(error, `Cannot list the imports of ${fileName(file)}`) ?? error;
  });
  signal?.throwIfAborted();
  const { href: folder } = new URL("./", file);
  const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as { modules: { specifier: string }[] };
  const specifiers = modules.map(({ specifier }) => specifier);
  return {
    files: [...new Set([file.href, ...specifiers.filter((it) => it.startsWith(folder))])].sort(),
    packages: specifiers.filter((it) => it.startsWith("npm:")),
  };
}

/** The target of a link; any other file as it is, whatever links lead to its folder. */
async function targetOf(file: URL): Promise<URL> {
  try {
    return (await Deno.lstat(file)).isSymlink ? pathToFileURL(await Deno.realPath(file)) : file;
  } catch {
    return file;
  }
}

/** The path without links; `undefined` if there is no such file. */
function realPath(url: URL): Promise<string | undefined> {
  return Deno.realPath(url).catch(() => undefined);
}

function savedAt(file: URL): Promise<number | undefined> {
  return Deno.stat(file).then(({ mtime }) => mtime?.getTime(), () => undefined);
}

function readAll(files: string[]): Promise<Content[]> {
  return Promise.all(files.map((file) => Deno.readFile(new URL(file)).catch((error) => absentOr(error, file))));
}

/** @throws {LabError} `Unavailable`, if nothing can be read now: that says nothing about the file. */
function absentOr(error: unknown, file: string): undefined {
  const failure = unavailable(error, `Cannot read ${fileName(new URL(file))}`);
  if (failure) throw failure;
}

function digest(contents: Content[]): string {
  const parts = contents.map((content) => content ? createHash("sha256").update(content).digest("base64") : "absent");
  return parts.join(" ");
}

/** The text of a file; `undefined` for a binary file, which is imported from the disk in its version of then. */
function textOf(content: Content): string | undefined {
  try {
    return content && new TextDecoder("utf-8", { fatal: true }).decode(content);
  } catch {
    return undefined;
  }
}
