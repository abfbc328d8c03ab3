import { createHash } from "node:crypto";
import type { KeptSources } from "../host/protocol.ts";
import { CONFIG_FLAG } from "../host/child_process.ts";

/** A file's content; `undefined` if there is none. */
type Content = Uint8Array | undefined;

/**
 * A version of a driver: its file, and the files of the same folder that it imports, directly or not, as they are at one
 * moment. Two versions are the same if all contents are: what was touched, or saved unchanged, has not changed.
 */
export class DriverSources {
  readonly #file: URL;
  readonly #savedAt: number | undefined;
  readonly #files: string[];
  readonly #packages: string[];
  readonly #contents: Content[];
  readonly #digest: string;

  private constructor(file: URL, savedAt: number | undefined, { files, packages }: Imports, contents: Content[]) {
    this.#file = file;
    this.#savedAt = savedAt;
    this.#files = files;
    this.#packages = packages;
    this.#contents = contents;
    this.#digest = digest(contents);
  }

  /** Reads a driver file and all that it imports. What cannot be read, or is not there, is a fact like any other. */
  static async read(file: URL, signal?: AbortSignal): Promise<DriverSources> {
    let imports: Imports = { files: [file.href], packages: [] };
    for (;;) {
      const time = await savedAt(file);
      const contents = await readAll(imports.files);
      const found = await importsOf(file, signal);
      const sources = new DriverSources(file, time, found, contents);
      // The answer is about files that may have been saved meanwhile.
      if (String(found.files) === String(imports.files) && await sources.isCurrent()) return sources;
      imports = found;
    }
  }

  /** Whether the files are still the same. */
  async isCurrent(): Promise<boolean> {
    return digest(await readAll(this.#files)) === this.#digest;
  }

  /** Whether the driver's own file was saved since, be it with nothing changed. */
  async isSavedAgain(): Promise<boolean> {
    return await savedAt(this.#file) !== this.#savedAt;
  }

  isSameAs(other: DriverSources): boolean {
    return String(this.#files) === String(other.#files) && this.#digest === other.#digest;
  }

  /** What a process needs to import this version when the files have changed. */
  get kept(): KeptSources {
    const texts: Record<string, string> = {};
    for (const [i, file] of this.#files.entries()) {
      const text = textOf(this.#contents[i]);
      if (text !== undefined) texts[file] = text;
    }
    return { texts, packages: this.#packages };
  }
}

/** What a driver file imports: files of its folder, itself among them, in order; and npm packages. */
interface Imports {
  files: string[];
  packages: string[];
}

/**
 * Asked of Deno, which alone knows how an import is resolved. It parses and runs nothing; the packages' insides and what is
 * elsewhere do not change under a running bench, and are left out.
 */
async function importsOf(file: URL, signal?: AbortSignal): Promise<Imports> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "--no-lock", "--no-npm", "--no-remote", CONFIG_FLAG, file.href],
    stdin: "null",
    stderr: "null",
    signal,
  }).output();
  signal?.throwIfAborted();
  const { href: folder } = new URL("./", file);
  const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as { modules: { specifier: string }[] };
  const specifiers = modules.map(({ specifier }) => specifier);
  return {
    files: [...new Set([file.href, ...specifiers.filter((it) => it.startsWith(folder))])].sort(),
    packages: specifiers.filter((it) => it.startsWith("npm:")),
  };
}

function savedAt(file: URL): Promise<number | undefined> {
  return Deno.stat(file).then(({ mtime }) => mtime?.getTime(), () => undefined);
}

function readAll(files: string[]): Promise<Content[]> {
  return Promise.all(files.map((file) => Deno.readFile(new URL(file)).catch(() => undefined)));
}

function digest(contents: Content[]): string {
  const parts = contents.map((content) => content ? createHash("sha256").update(content).digest("base64") : "absent");
  return parts.join(" ");
}

/** `undefined` for what is no text: that is imported from the disk, whatever it is by then. */
function textOf(content: Content): string | undefined {
  try {
    return content && new TextDecoder("utf-8", { fatal: true }).decode(content);
  } catch {
    return undefined;
  }
}
