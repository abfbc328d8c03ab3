import { dirname, isAbsolute, relative } from "node:path";
import { isMap, isSeq, parseDocument, type YAMLMap, type YAMLSeq } from "yaml";
import { LabError, messageOf } from "../../../errors.ts";
import { utf8Text } from "../../../format/encodings.ts";
import type { Permissions } from "../../../wire/driver.ts";
import { PATH_KINDS } from "../../../wire/names/permission_kinds.ts";

/** The mark with which some editors begin a file. */
const BOM = "\uFEFF";

/**
 * The text of a bench file with a driver's line under `grants:` that names these permissions too. Comments and the form
 * of line ends stay. Paths in the file's folder become relative to it.
 *
 * @param text The present text.
 * @param file The path of the file.
 * @throws {LabError} `InvalidRequest`, if the text is not a bench file.
 *
 * @example
 * ```ts
 * import { grantInFile } from "./grant_in_file.ts";
 *
 * const text = grantInFile("port: 0 # any\n", "/lab/bench.yaml", "Laser", { run: ["/lab/tools/laser"] });
 * console.assert(text === "port: 0 # any\ngrants:\n  Laser:\n    run:\n      - tools/laser\n");
 * ```
 */
export function grantInFile(text: string, file: string, driver: string, permissions: Permissions): string {
  const document = parseDocument(text);
  const refuse = (problem: string): never => {
    throw new LabError("InvalidRequest", `Cannot write into the bench file ${file}: ${problem}`);
  };
  if (document.errors.length > 0) refuse(document.errors[0].message);
  if (document.contents !== null && !isMap(document.contents)) refuse("it is not a mapping");
  // What another part of the file refers to would change there, too.
  const assertOwn = (path: string[], { anchor }: YAMLMap | YAMLSeq) => {
    if (anchor) refuse(`its key ${path.join(".")} has an anchor, &${anchor}; write the line by hand`);
  };
  for (const path of [["grants"], ["grants", driver]]) {
    if (!document.hasIn(path)) continue;
    const value = document.getIn(path);
    if (value === null) document.deleteIn(path);
    else if (!isMap(value)) refuse(`its key ${path.join(".")} is not a mapping`);
    else assertOwn(path, value);
  }
  for (const [kind, entries] of Object.entries(permissions)) {
    const path = ["grants", driver, kind];
    const known = document.getIn(path);
    if (entries === true) document.setIn(path, true);
    else if (known !== true) {
      const isPath = PATH_KINDS.includes(kind);
      const all = [...new Set(entries.map((entry) => isPath ? inFolder(entry, dirname(file)) : entry))];
      // An item that is added leaves the others with their comments.
      if (isSeq(known)) {
        assertOwn(path, known);
        const present: unknown[] = known.toJSON();
        for (const entry of all) if (!present.includes(entry)) known.add(document.createNode(entry));
      } else if (known === undefined || known === null) document.setIn(path, all);
      else refuse(`its key ${path.join(".")} is neither true nor a list`);
    }
  }
  const written = document.toString({ lineWidth: 0 });
  const lines = text.includes("\r\n") ? written.replaceAll("\n", "\r\n") : written;
  return text.startsWith(BOM) ? BOM + lines : lines;
}

function inFolder(path: string, folder: string): string {
  if (!isAbsolute(path)) return path;
  const inner = relative(folder, path);
  // A program without a slash is found by the PATH.
  if (inner.startsWith("..") || inner === "") return path;
  return inner.includes("/") ? inner : `./${inner}`;
}

/**
 * Writes a driver's permissions into a bench file, as {@linkcode grantInFile} does.
 *
 * @throws {LabError} `InvalidRequest`, if the file cannot be read or written, or is not a bench file.
 */
export async function writeGrant(file: string, driver: string, permissions: Permissions): Promise<void> {
  const path = await Deno.realPath(file).catch((cause) => {
    throw new LabError("InvalidRequest", `Cannot find the bench file ${file}: name it by --config`, { cause });
  });
  const text = grantInFile(textOf(await Deno.readFile(path), path), path, driver, permissions);
  // Another file, renamed: a full disk leaves the bench file as it was.
  const temporary = `${path}.new`;
  await Deno.writeTextFile(temporary, text, { mode: (await Deno.stat(path)).mode ?? 0o644 });
  await Deno.rename(temporary, path);
}

function textOf(bytes: Uint8Array, file: string): string {
  try {
    return utf8Text(bytes);
  } catch (cause) {
    throw new LabError("InvalidRequest", `Cannot write into the bench file ${file}: ${messageOf(cause)}`, { cause });
  }
}
