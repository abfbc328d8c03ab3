import { LabError } from "../../errors.ts";
import { readSource } from "./file_access.ts";
import { fileName } from "./list_driver_files.ts";

/** A file's content; `undefined` if the file cannot be read. */
export type Content = Uint8Array<ArrayBuffer> | undefined;

const MIB = 1024 * 1024;

/** The size of a driver's own file. */
const MAX_DRIVER_BYTES = MIB;

/** The size of one file that a driver imports. */
const MAX_IMPORT_BYTES = 8 * MIB;

/** The size of all files of a version. They stay in memory, to be run after the files have changed. */
const MAX_VERSION_BYTES = 32 * MIB;

/**
 * Reads files of a version, side by side.
 *
 * @throws {LabError} `DriverError` for one that is not a regular file, or if they are too large; `Unavailable` for one that
 * cannot be read now.
 */
export async function readAll(driver: URL, files: readonly string[], signal?: AbortSignal): Promise<Content[]> {
  let bytes = 0;
  const contents = files.map(async (href) => {
    const file = new URL(href);
    const content = await readSource(file, href === driver.href ? MAX_DRIVER_BYTES : MAX_IMPORT_BYTES, signal);
    bytes += content?.length ?? 0;
    if (bytes <= MAX_VERSION_BYTES) return content;
    const message = `Cannot load ${fileName(driver)}: it imports more than ${MAX_VERSION_BYTES / MIB} MiB`;
    throw new LabError("DriverError", message, { type: "DriverLoadError", context: { file: fileName(driver) } });
  });
  await Promise.allSettled(contents);
  return await Promise.all(contents);
}

/** Hashes in a thread of the runtime: files of 32 MiB would stop the streams for a tenth of a second. */
export async function digestOf(contents: Content[]): Promise<string> {
  const parts = contents.map(async (content) =>
    content ? new Uint8Array(await crypto.subtle.digest("SHA-256", content)).toBase64() : "absent"
  );
  return (await Promise.all(parts)).join(" ");
}

/** The text of a file; `undefined` for a binary file, which is always imported from the disk. */
export function textOf(content: Content): string | undefined {
  try {
    return content && new TextDecoder("utf-8", { fatal: true }).decode(content);
  } catch {
    return undefined;
  }
}
