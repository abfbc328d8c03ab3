/**
 * The host of drivers that are written in Python.
 *
 * @module
 */

/** The interpreter of drivers that name no interpreter. */
export const DEFAULT_PYTHON = "python3";

/**
 * The limits of a program that runs drivers: `on`, as far as the machine can limit it; `strict`, it ends where the machine
 * cannot; `off`, none.
 */
export type SandboxMode = "on" | "strict" | "off";

/** A program that runs drivers instead of Deno. */
export interface HostProgram {
  /** The program, with its arguments. */
  command: readonly string[];
  /** The limits that the program sets itself, by the permissions that it is started with. */
  sandbox: SandboxMode;
}

const PACKAGE = new URL("../../python/labdaemon/", import.meta.url);

/**
 * The same program, with the probe of the conformance suite around the drivers that it loads: it answers calls of methods
 * whose names begin with `probe:`.
 */
export function probedHost(host: HostProgram): HostProgram {
  return { ...host, command: [...host.command, "--probe"] };
}

/** The folders of the package that a driver's process imports. */
const IMPORTED = ["__init__.py", "driver", "host", "task"];

/** Without the variables of the environment, which would choose other modules. */
const FLAGS = ["-E", "-X", "utf8"];

/**
 * The flags of programs that need only Python's own modules: to find the installed ones can take longer than such a
 * program.
 */
const ALONE = [...FLAGS, "-S"];

/**
 * The program that runs drivers in Python, by an interpreter: its path, or a name that is looked up in `PATH`. Compiles the
 * package for the interpreter before its first use, where it may write: a process starts in half of the time then.
 */
export async function pythonHost(interpreter: string, sandbox: SandboxMode): Promise<HostProgram> {
  let compiling = compiled.get(interpreter);
  if (!compiling) compiled.set(interpreter, compiling = compilePackage(interpreter));
  await compiling;
  return { command: [interpreter, ...FLAGS, pathOf("host/__main__.py")], sandbox };
}

/**
 * The arguments of an interpreter that lists the imports of a Python driver, and the interpreter that the driver names.
 * It reads the text and runs none of it.
 */
export function pythonLister(file: string): string[] {
  return [...ALONE, pathOf("host/list_imports.py"), file];
}

/** The interpreters for which the package is compiled. */
const compiled = new Map<string, Promise<void>>();

async function compilePackage(interpreter: string): Promise<void> {
  const args = [...ALONE, "-m", "compileall", "-q", ...IMPORTED.map(pathOf)];
  try {
    await new Deno.Command(interpreter, { args, stdin: "null", stdout: "null", stderr: "null" }).output();
  } catch {
    // Without it, a driver's process starts later; an interpreter that is not there is reported when it is to start.
  }
}

function pathOf(name: string): string {
  return decodeURIComponent(new URL(name, PACKAGE).pathname);
}
