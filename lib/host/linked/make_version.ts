/**
 * Makes the one file of a driver's process and what belongs to it. Imported when it is needed: once for each version of the
 * library.
 *
 * @module
 */
import { dirname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import config from "../../../deno.json" with { type: "json" };
import { asciiScript } from "../../format/linked/ascii_script.ts";
import { compactScript } from "../../format/linked/compact_script.ts";
import { type LinkedFile, type LinkedScript, linkedScript } from "../../format/linked/linked_script.ts";
import { type ZodFiles, zodFiles } from "./zod_files.ts";

const LIBRARY = new URL("../../", import.meta.url);
const CONFIG = new URL("../deno.json", LIBRARY);
const MAIN = new URL("host/runtime/process_main.ts", LIBRARY);

/** The name by which drivers import the library. */
const DRIVER = "labdaemon/driver";

const ZOD = "zod";

/** The parts of the library that may be in it. */
const FOLDERS = ["async", "driver", "format", "host", "stream", "wire"];

const DRIVER_MODULE = new URL(config.imports[DRIVER], CONFIG);

/** The library with zod, or without it, if zod is not where it can be read, or not in the form that can be linked. */
export async function linkLibrary(): Promise<{ script: LinkedScript; zod?: ZodFiles }> {
  const texts = new Map<string, string>();
  await Promise.all([
    readInto(texts, new URL("errors.ts", LIBRARY)),
    ...FOLDERS.map((name) => readFolder(new URL(`${name}/`, LIBRARY), texts)),
  ]);
  const named = { [DRIVER]: fileURLToPath(DRIVER_MODULE) };
  const zod = await zodFiles().catch(() => undefined);
  if (zod) {
    try {
      const all = new Map([...texts, ...zod.texts]);
      return { script: await linkedScript(all, fileURLToPath(MAIN), { ...named, [ZOD]: zod.main }), zod };
    } catch {
      // This version of zod has another form: the library is linked without it.
    }
  }
  return { script: await linkedScript(texts, fileURLToPath(MAIN), named) };
}

async function readFolder(folder: URL, texts: Map<string, string>): Promise<void> {
  const found: Promise<void>[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) found.push(readFolder(new URL(`${name}/`, folder), texts));
    else if (name.endsWith(".ts")) found.push(readInto(texts, new URL(name, folder)));
  }
  await Promise.all(found);
}

/**
 * Reads a file so that it can stand in a script elsewhere. Deno loads the target of a literal `import()`, with its
 * imports, before a program runs: the call of `String` prevents that.
 */
async function readInto(texts: Map<string, string>, url: URL): Promise<void> {
  const text = await Deno.readTextFile(url);
  const elsewhere = text
    .replaceAll("import.meta.url", JSON.stringify(url.href))
    .replaceAll(/\bimport\("(\.[^"]+)"\)/g, (_, name) => `import(String("${new URL(name, url)}"))`);
  texts.set(fileURLToPath(url), elsewhere);
}

/** Writes all files of a version, or none. */
export async function writeVersion(folder: string, { script, files }: LinkedScript, zod?: ZodFiles): Promise<void> {
  await Deno.mkdir(dirname(folder), { recursive: true });
  const draft = await Deno.makeTempDir({ dir: dirname(folder), prefix: "draft-" });
  // The account that runs the daemon may not be the one that installed it.
  await Deno.chmod(draft, 0o755);
  const write = (name: string, text: string) => Deno.writeTextFile(`${draft}/${name}`, text);
  const { href } = pathToFileURL(`${folder}/process_main.js`);
  const imports: Record<string, string> = {};
  for (const [name, target] of Object.entries(config.imports)) {
    imports[name] = target.startsWith("./") ? new URL(target, CONFIG).href : target;
  }
  const { constant, names } = files.get(fileURLToPath(DRIVER_MODULE))!;
  const all = Array.from(files.values(), ({ constant }) => constant).join(", ");
  const exported = `export const { ${names.join(", ")} } = ${constant};\nexport const $files = { ${all} };\n`;
  await Promise.all([
    // Without a source map: Deno would read it at each start.
    write("process_main.js", asciiScript(compactScript(script + exported))),
    ...Array.from(files, async ([path, file]) => {
      const isZod = path === zod?.main;
      if (file.names.length === 0 || zod?.texts.has(path) && !isZod) return;
      for (const name of isZod ? [ZOD, config.imports[ZOD]] : [pathToFileURL(path).href]) {
        imports[name] = new URL(`${file.constant}.js`, href).href;
      }
      await write(`${file.constant}.js`, moduleOf(file));
    }),
  ]);
  imports[DRIVER] = imports[DRIVER_MODULE.href] = href;
  await write("imports.json", JSON.stringify({ imports }));
  // Another daemon may have been faster.
  await Deno.rename(draft, folder).catch(async () => await Deno.remove(draft, { recursive: true }));
}

/** A module with the exports of a file, whose names may be words of the language, such as `null`. */
function moduleOf({ constant, names }: LinkedFile): string {
  const taken = names.map((name, n) => `${name}: $${n}`).join(", ");
  const given = names.map((name, n) => `$${n} as ${name}`).join(", ");
  return `import { $files } from "./process_main.js";\nconst { ${taken} } = $files.${constant};\nexport { ${given} };\n`;
}
