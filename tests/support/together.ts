/**
 * Test files in few isolates. Deno gives each test file an isolate of its own, which loads and compiles the program again:
 * much of the time of a small file. A file still runs alone, too: `deno test tests/http/call_test.ts`.
 *
 * @module
 */
import { usePlainPython } from "./plain_python.ts";
import { ofFile } from "./time_limit.ts";

/** The test files of each kind, by the ends of their names: what their tests need. */
const KINDS: Record<string, RegExp> = {
  fast: /(?<!_process|_browser)_test\.ts$/,
  process: /_process_test\.ts$/,
  browser: /_browser_test\.ts$/,
};

const TESTS = new URL("../", import.meta.url);

/**
 * Declares the tests of one isolate, each named after its file. The file that calls it is named after the kind, and numbered:
 * the test files of a kind are dealt to the numbers in turn. Thus each gets as much of every folder.
 */
export async function together(caller: string): Promise<void> {
  const [, kind, number] = caller.match(/(\w+)_(\d+)\.ts$/)!;
  const isolates = [...Deno.readDirSync(new URL(".", caller))].filter(({ name }) => name.startsWith(`${kind}_`)).length;
  // The fast tests start no process.
  if (kind !== "fast") await usePlainPython();
  const ours = testFiles("").filter((path) => KINDS[kind].test(path)).filter((_, i) => i % isolates === +number - 1);
  // Each begins at another folder: they do not all need the cores at the same time, and do not all wait at the same time.
  const begin = Math.floor(ours.length * (+number - 1) / isolates);
  for (const path of [...ours.slice(begin), ...ours.slice(0, begin)]) {
    await ofFile(path, () => import(new URL(path, TESTS).href));
  }
}

function testFiles(folder: string): string[] {
  return [...Deno.readDirSync(new URL(folder, TESTS))].flatMap(({ name, isDirectory }) =>
    isDirectory ? testFiles(`${folder}${name}/`) : [folder + name]
  ).sort();
}
