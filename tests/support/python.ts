import { join } from "node:path";

const root = join(import.meta.dirname!, "../..");

/** The reason why this machine cannot run the Python programs, with the remedy; `undefined` if it can. */
export async function whyNoPython(): Promise<string | undefined> {
  const advice = "install Python 3.9 or newer as python3 (Debian: apt-get install python3; others: python.org)";
  try {
    const { code } = await python("-c", "import sys; sys.exit(sys.version_info < (3, 9))");
    return code === 0 ? undefined : `python3 is too old; ${advice}`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return `there is no python3; ${advice}`;
    throw error;
  }
}

/** Another Python, folder to run in, or place of the package than the usual ones. */
interface PythonSettings {
  program?: string;
  /** Below the checkout. */
  cwd?: string;
  path?: string;
}

/** Runs python3 in the checkout, with the package to import, until it ends. Settings come first. */
export async function python(
  ...args: (string | PythonSettings)[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  const { program = "python3", cwd = "", path = `${root}/python` } = typeof args[0] === "object" ? args[0] : {};
  const { code, stdout, stderr } = await new Deno.Command(program, {
    // -B: no __pycache__ in the checkout; -W error: an unclosed socket is a failure.
    args: ["-B", "-W", "error", ...args.filter((arg): arg is string => typeof arg === "string")],
    cwd: join(root, cwd),
    env: { PYTHONPATH: path },
    stdin: "null",
  }).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, stdout: out, stderr: err };
}

/** The Pythons of this machine from 3.9 on, the oldest first: `python3`, `python3.9` and so on, and those of pyenv. */
export async function pythons(): Promise<string[]> {
  const names = Array.from({ length: 12 }, (_, i) => `python3.${9 + i}`);
  const versions = join(Deno.env.get("HOME") ?? "", ".pyenv/versions");
  const pyenv = await Array.fromAsync(Deno.readDir(versions)).catch(() => []);
  const candidates = ["python3", ...names, ...pyenv.map(({ name }) => join(versions, name, "bin/python3"))];
  const found = new Map<string, string>();
  for (const program of candidates) {
    const print = "import sys; print('%03d.%03d' % sys.version_info[:2])";
    // A name of pyenv's may be there and not run.
    const run = await python({ program }, "-c", print).catch(() => undefined);
    // The first name of a version: python3.11 may be what python3 is.
    if (run?.code === 0 && run.stdout >= "003.009" && !found.has(run.stdout)) found.set(run.stdout, program);
  }
  return [...found].sort(([a], [b]) => a < b ? -1 : 1).map(([, program]) => program);
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
