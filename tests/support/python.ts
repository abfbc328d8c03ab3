import { join } from "node:path";

const root = join(import.meta.dirname!, "../..");

/** The reason why this machine cannot run the Python programs, with the remedy; `undefined` if it can. */
export async function whyNoPython(): Promise<string | undefined> {
  const advice = "install Python 3.8 or newer as python3 (Debian: apt-get install python3; others: python.org)";
  try {
    const { code } = await python("-c", "import sys; sys.exit(sys.version_info < (3, 8))");
    return code === 0 ? undefined : `python3 is too old; ${advice}`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return `there is no python3; ${advice}`;
    throw error;
  }
}

/** Runs python3 in the checkout, with the client package to import, until it ends. */
export async function python(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await new Deno.Command("python3", {
    // -B: no __pycache__ in the checkout; -W error: an unclosed socket is a failure.
    args: ["-B", "-W", "error", ...args],
    cwd: root,
    env: { PYTHONPATH: `${root}/python` },
    stdin: "null",
  }).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, stdout: out, stderr: err };
}

/** Declares a test that needs Python: without it, it is skipped with a line that says so; in CI it fails. */
export async function pythonTest(name: string, fn: () => Promise<void>): Promise<void> {
  missing ??= whyNoPython();
  const lack = await missing;
  const skipped = lack !== undefined && Deno.env.get("CI") !== "true";
  if (skipped) console.log(`Skipping "${name}": ${lack}`);
  Deno.test({
    name,
    ignore: skipped,
    fn: () => {
      if (lack !== undefined) throw new Error(lack);
      return fn();
    },
  });
}

let missing: Promise<string | undefined> | undefined;
