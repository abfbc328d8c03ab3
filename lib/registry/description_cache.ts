import { getLogger } from "@logtape/logtape";
import { createHash } from "node:crypto";
import { z } from "zod";
import config from "../../deno.json" with { type: "json" };
import { deadline } from "../async/mod.ts";
import { messageOf } from "../errors.ts";
import { checkResult } from "../host/protocol/messages.ts";
import type { DriverDescription } from "../wire/driver.ts";
import type { KnownImports, SourceFiles } from "./files/source_files.ts";
import { KeptChecks } from "./kept_checks.ts";

/** The place in which descriptions stay from one start to the next. */
export interface DescriptionStore {
  /** The text that was written last; `undefined` if there is none. */
  read(): Promise<string | undefined>;
  write(text: string): Promise<void>;
}

/** The descriptions that are kept. */
const MAX_KEPT = 500;

/** The text that is read or written, in UTF-16 units. */
const MAX_LENGTH = 8 * 1024 * 1024;

/** Drivers that are loaded together are written together. */
const WRITE_DELAY_MS = 1_000;

/** The time for writing at the end: the disk may hang. */
const MAX_CLOSE_MS = 1_000;

const LIBRARY = new URL("../", import.meta.url);

/** The parts of the library that run in a driver's process, and its packages. */
const RUNTIME = [
  "errors.ts",
  "async",
  "declared",
  "driver",
  "format",
  "host",
  "stream",
  "wire",
  "yaml",
  "../deno.lock",
];

const logger = getLogger(["labdaemon", "drivers"]);

const versionSchema = z.object({
  file: z.string(),
  hash: z.string(),
  imports: z.object({ files: z.array(z.string()), packages: z.array(z.string()) }),
  description: z.unknown(),
  checks: z.record(z.string(), z.string()).optional(),
});

/** A version that was loaded: its file, the hash of its contents, what it imports, its description, and its answers. */
interface KeptVersion extends KnownImports {
  file: string;
  description: DriverDescription;
  checks: KeptChecks;
}

/**
 * The descriptions of drivers that were loaded before: at the next start, a driver of the same content needs no process
 * to describe it, to list its imports, or to check params that it checked before. A description depends on the driver's
 * files, this library, the packages and Deno: it is made again after a change of any of these.
 */
export class DescriptionCache {
  readonly #store: DescriptionStore;
  /** In the order of their use: the last one was used last. */
  readonly #kept = new Map<string, KeptVersion>();
  #reading: Promise<string | undefined> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;
  #writing: Promise<void> = Promise.resolve();

  constructor(store: DescriptionStore) {
    this.#store = store;
  }

  /** The description of a version; `undefined` if it is not known. */
  async find(sources: SourceFiles): Promise<DriverDescription | undefined> {
    const key = await this.#key(sources);
    const found = key === undefined ? undefined : this.#kept.get(key);
    if (found) this.#keep(key!, found);
    return found?.description;
  }

  /** The imports of the version of a file that was used last; `undefined` if they are not known for this library. */
  async importsOf({ href }: URL): Promise<KnownImports | undefined> {
    const library = await this.#library();
    const found = [...this.#kept].findLast(([, { file }]) => file === href);
    if (library === undefined || !found) return undefined;
    const [key, version] = found;
    return key === keyOf(library, version) ? version : undefined;
  }

  /** The answers of a version whose description is known; `undefined` for another one. */
  async checksOf(sources: SourceFiles): Promise<KeptChecks | undefined> {
    const key = await this.#key(sources);
    return key === undefined ? undefined : this.#kept.get(key)?.checks;
  }

  /** Keeps the description of a version. The answers of earlier versions of its file are dropped. */
  async add(sources: SourceFiles, description: DriverDescription): Promise<void> {
    const key = await this.#key(sources);
    if (key === undefined) return;
    const { file: { href: file }, hash, imports } = sources;
    for (const version of this.#kept.values()) if (version.file === file) version.checks.clear();
    this.#keep(key, { file, hash, imports, description, checks: new KeptChecks(() => this.#writeSoon()) });
    this.#writeSoon();
  }

  /** Resolves when all descriptions are written, or after a second: a lost one is made again. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#timer !== undefined) this.#write();
    await deadline(this.#writing, MAX_CLOSE_MS).catch(() => {});
  }

  #keep(key: string, version: KeptVersion): void {
    this.#kept.delete(key);
    this.#kept.set(key, version);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= MAX_KEPT) break;
      this.#kept.delete(oldest);
    }
  }

  /** `undefined` for a version whose description depends on more than its files. */
  async #key(sources: SourceFiles): Promise<string | undefined> {
    const library = await this.#library();
    if (library === undefined || !sources.isSelfContained) return undefined;
    return keyOf(library, { file: sources.file.href, hash: sources.hash });
  }

  /** The mark of the library. Resolves when the kept versions are read. */
  #library(): Promise<string | undefined> {
    return this.#reading ??= this.#read();
  }

  /** Reads what was kept. Resolves with the mark of the library, or `undefined` if its files cannot be read. */
  async #read(): Promise<string | undefined> {
    const [library, text] = await Promise.all([
      libraryMark().catch(() => undefined),
      this.#store.read().catch((error) => void logger.debug("{error}", { error: messageOf(error) })),
    ]);
    try {
      if (text === undefined || text.length > MAX_LENGTH) return library;
      for (const [key, kept] of Object.entries(JSON.parse(text))) {
        const version = versionSchema.parse(kept);
        const description = checkResult("load", version.description);
        const checks = new KeptChecks(() => this.#writeSoon(), version.checks);
        if (description) this.#kept.set(key, { ...version, description, checks });
      }
    } catch (error) {
      logger.debug("The descriptions of drivers are made again: {error}", { error: messageOf(error) });
    }
    return library;
  }

  /** The versions that were used last, as JSON, as far as there is room. */
  #textOfNewest(): string {
    const entries: string[] = [];
    let length = 2;
    for (const [key, version] of [...this.#kept].reverse()) {
      const entry = `${JSON.stringify(key)}:${JSON.stringify(version)}`;
      length += entry.length + 1;
      if (length > MAX_LENGTH) break;
      entries.unshift(entry);
    }
    const facts = { count: this.#kept.size - entries.length, limit: MAX_LENGTH / 1024 / 1024 };
    if (facts.count > 0) {
      logger.warn(
        "The descriptions of {count} drivers are not kept: all together exceed {limit} MiB; these drivers start slower",
        facts,
      );
    }
    return `{${entries.join(",")}}`;
  }

  #writeSoon(): void {
    if (!this.#isClosed) this.#timer ??= setTimeout(() => this.#write(), WRITE_DELAY_MS);
  }

  #write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const text = this.#textOfNewest();
    this.#writing = this.#writing.then(() => this.#store.write(text)).catch((error) => {
      logger.debug("Cannot keep the descriptions of drivers: {error}", { error: messageOf(error) });
    });
  }
}

function keyOf(library: string, { file, hash }: Pick<KeptVersion, "file" | "hash">): string {
  return createHash("sha256").update(JSON.stringify([library, file, hash])).digest("hex");
}

/** Changes with the version of Deno, with the configuration and with the files that run in a driver's process. */
async function libraryMark(): Promise<string> {
  const files = (await Promise.all(RUNTIME.map((name) => marks(new URL(name, LIBRARY))))).flat();
  return JSON.stringify([Deno.version, Deno.build.target, config, files]);
}

async function marks(url: URL): Promise<string[]> {
  const { isDirectory, size, mtime } = await Deno.stat(url);
  if (!isDirectory) return [`${url.pathname} ${size} ${mtime?.getTime()}`];
  const found: Promise<string[]>[] = [];
  for await (const { name } of Deno.readDir(url)) found.push(marks(new URL(`${url.href}/${encodeURIComponent(name)}`)));
  return (await Promise.all(found)).flat().sort();
}
