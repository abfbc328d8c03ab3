import { pathToFileURL } from "node:url";

/** A temporary folder with these files, removed with the test. */
export function folderOf(files: Record<string, string>) {
  const path = Deno.makeTempDirSync();
  for (const [name, text] of Object.entries(files)) Deno.writeTextFileSync(`${path}/${name}`, text);
  const url = pathToFileURL(`${path}/`);
  return {
    path,
    url,
    file: (name: string) => new URL(name, url).href,
    [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }),
  };
}
