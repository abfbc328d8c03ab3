/**
 * Fast test files in one isolate. Deno gives each test file an isolate of its own, which loads and compiles the program
 * again: more than half of the time of these tests. A file still runs alone, too: `deno test tests/http/call_test.ts`.
 *
 * @module
 */
import { ofFile } from "./time_limit.ts";

/** The folders of `tests/` that run together. All others are the group `others`. */
const GROUPS: Record<string, string[]> = {
  http: ["http"],
  stream: ["stream", "recording"],
  device: ["device", "host"],
  cli: ["cli", "client", "web", "format"],
};

const TESTS = new URL("../", import.meta.url);

const FAST = /(?<!_process|_browser)_test\.ts$/;

/** Declares the fast tests of a group, each named after its file. */
export async function together(group: string): Promise<void> {
  for (const path of fastTests("")) {
    const [folder] = path.split("/");
    const [groupOf = "others"] = Object.keys(GROUPS).filter((it) => GROUPS[it].includes(folder));
    if (groupOf === group) await ofFile(path, () => import(new URL(path, TESTS).href));
  }
}

function fastTests(folder: string): string[] {
  return [...Deno.readDirSync(new URL(folder, TESTS))].flatMap(({ name, isDirectory }) => {
    if (isDirectory) return fastTests(`${folder}${name}/`);
    return FAST.test(name) ? [folder + name] : [];
  }).sort();
}
