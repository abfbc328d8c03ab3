import { createHash } from "node:crypto";
import type { KeptSources } from "../../host/protocol/protocol.ts";
import { LabError } from "../../errors.ts";
import { type Content, digestOf, readAll, textOf } from "./contents.ts";
import { assertOpens, realPath, savedAt, targetOf } from "./file_access.ts";
import { fileName } from "./list_driver_files.ts";
import { CODE, type Imports, importsOf, isPython } from "./list_imports.ts";

/** The imports of a version that was read before, and its `hash`. */
export interface KnownImports {
  imports: Imports;
  hash: string;
}

/** The number of reads of a version that changes while it is read. */
const MAX_READS = 10;

/**
 * A version of a driver: the contents of its file, and of the files of the same folder that it imports, directly or not, at
 * one moment. Two versions are equal if all contents are; modification times do not count.
 */
export class SourceFiles {
  /** The driver's file: where a link in the driver folder leads, so that its imports are found there. */
  readonly file: URL;
  /** True for a driver that has no file of its own: it stands in a part of `file`, or in a package. */
  readonly isPart: boolean;
  readonly #link: URL;
  readonly #savedAt: number | undefined;
  /** The URLs of its files, in alphabetical order. */
  readonly files: readonly string[];
  readonly #packages: string[];
  readonly #hasOthers: boolean;
  /** The interpreter that a driver in Python names. */
  readonly python: string | undefined;
  readonly #contents: Content[];
  readonly #digest: string;

  private constructor(
    { link, file }: { link: URL; file: URL },
    savedAt: number | undefined,
    { files, packages, hasOthers = false, python }: Imports,
    contents: Content[],
    digest: string,
    isPart = false,
  ) {
    this.isPart = isPart;
    this.#link = link;
    this.file = file;
    this.#savedAt = savedAt;
    this.files = files;
    this.#packages = packages;
    this.#hasOthers = hasOthers;
    this.python = python;
    this.#contents = contents;
    this.#digest = digest;
  }

  /**
   * Reads a driver file and all that it imports. A file that is missing or must not be read is part of the version as such.
   *
   * @throws {LabError} `DriverError` for a file that is not a regular one, is too large, or changes all the time;
   * `Unavailable` for one that cannot be read now.
   * @param known Resolves with the imports of the version of the file that was read last: of the same version, they are not
   * listed again.
   */
  static async read(
    link: URL,
    signal?: AbortSignal,
    known?: (file: URL) => Promise<KnownImports | undefined>,
  ): Promise<SourceFiles> {
    const file = await targetOf(link, signal);
    const last = await known?.(file);
    const same = last && await SourceFiles.#readSame({ link, file }, last, signal).catch(() => undefined);
    if (same) return same;
    let imports: Imports = { files: [file.href], packages: [] };
    for (let reads = 0; reads < MAX_READS; reads++) {
      const time = await savedAt(file, signal);
      const contents = await readAll(file, imports.files, signal);
      const found = await importsOf(file, signal, textOf(contents[imports.files.indexOf(file.href)]));
      const sources = new SourceFiles({ link, file }, time, found, contents, await digestOf(contents));
      // The files may have been saved while Deno listed the imports.
      if (String(found.files) === String(imports.files) && await sources.isCurrent(signal)) return sources;
      imports = found;
    }
    throw new LabError("Unavailable", `Cannot load ${fileName(link)}: it changes while it is read`, {
      context: { file: fileName(link) },
    });
  }

  /** Reads the version of the known imports; `undefined` if the files have other contents now. */
  static async #readSame(
    { link, file }: { link: URL; file: URL },
    { imports, hash }: KnownImports,
    signal?: AbortSignal,
  ): Promise<SourceFiles | undefined> {
    const time = await savedAt(file, signal);
    const contents = await readAll(file, imports.files, signal);
    const sources = new SourceFiles({ link, file }, time, imports, contents, await digestOf(contents));
    return sources.hash === hash && await sources.isCurrent(signal) ? sources : undefined;
  }

  /**
   * Reads a driver file without what it imports: a file whose imports cannot be listed is a version as such.
   *
   * @throws {LabError} as {@linkcode read} does.
   */
  static async readAlone(link: URL, signal?: AbortSignal): Promise<SourceFiles> {
    const file = await targetOf(link, signal);
    const time = await savedAt(file, signal);
    const files = [file.href];
    const contents = await readAll(file, files, signal);
    return new SourceFiles({ link, file }, time, { files, packages: [] }, contents, await digestOf(contents));
  }

  /** A driver as a YAML text that stands in a part of a file, as that of one device in a bench file. */
  static ofPart(file: URL, text: string): SourceFiles {
    const imports = { files: [file.href], packages: [] };
    const content = new TextEncoder().encode(text);
    const digest = createHash("sha256").update(content).digest("base64");
    return new SourceFiles({ link: file, file }, undefined, imports, [content], digest, true);
  }

  /** A class of a Python package, by its name: as of {@linkcode isPackage}, with settings as the query of a URL. */
  static ofPackage(name: string): SourceFiles {
    const file = new URL(name);
    const digest = createHash("sha256").update(name).digest("base64");
    return new SourceFiles({ link: file, file }, undefined, { files: [], packages: [] }, [], digest, true);
  }

  /** True for a driver that is written in Python. */
  get isPython(): boolean {
    return isPython(this.file);
  }

  /** True if its code is all in its own files, in this library and in packages of the lock file. */
  get isSelfContained(): boolean {
    return !this.isPython && !this.#hasOthers && !this.#contents.includes(undefined);
  }

  /** The files and packages of the version. */
  get imports(): Imports {
    return { files: [...this.files], packages: this.#packages };
  }

  /** True for a YAML driver: its text is all that it consists of. */
  get isText(): boolean {
    return /\.ya?ml$/.test(this.file.pathname);
  }

  /**
   * Resolves with true if the files on the disk still have these contents. False for a part of a file: its text is the
   * version that runs.
   *
   * @throws {LabError} as {@linkcode read} does.
   */
  async isCurrent(signal?: AbortSignal): Promise<boolean> {
    if (this.isPart) return false;
    if ((await targetOf(this.#link, signal)).href !== this.file.href) return false;
    return await digestOf(await readAll(this.file, this.files, signal)) === this.#digest;
  }

  /**
   * Resolves with the files that a process may read to import this version. A link to code is one of them; a link to
   * anything else outside the driver's folder is not, because importing it as text would read it.
   */
  async importable(): Promise<URL[]> {
    if (this.isPart) return [];
    const folder = await realPath(new URL("./", this.file)).catch(() => undefined);
    const isImportable = async (url: URL) => {
      // If a file does not answer, its kept text is imported.
      const path = await realPath(url).catch(() => "");
      return path === undefined || CODE.test(path) || (folder !== undefined && path.startsWith(`${folder}/`));
    };
    const urls = this.files.map((file) => new URL(file));
    const allowed = await Promise.all(urls.map(isImportable));
    return urls.filter((_, i) => allowed[i]);
  }

  /**
   * Checks its files before their kept texts are imported.
   *
   * @throws {LabError} `DriverError`, if one of them is now a pipe or a device.
   */
  async assertOpens(signal?: AbortSignal): Promise<void> {
    await Promise.all(this.files.map((file) => assertOpens(new URL(file), signal)));
  }

  /** Resolves with true if the driver's own file was saved since, also without a change. */
  async isSavedAgain(signal?: AbortSignal): Promise<boolean> {
    return await savedAt(this.file, signal) !== this.#savedAt;
  }

  /** True if the other version has the same files with the same contents. */
  isSameAs(other: SourceFiles): boolean {
    return String(this.files) === String(other.files) && this.#digest === other.#digest;
  }

  /** SHA-256 of all contents, in hexadecimal digits. */
  get hash(): string {
    return createHash("sha256").update(this.#digest).digest("hex");
  }

  /** The texts by which a process imports this version after the files have changed. */
  get kept(): KeptSources {
    const texts: Record<string, string> = {};
    for (const [i, file] of this.files.entries()) {
      const text = textOf(this.#contents[i]);
      if (text !== undefined) texts[file] = text;
    }
    return { texts, packages: this.#packages };
  }
}
