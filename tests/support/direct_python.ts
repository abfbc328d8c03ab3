/**
 * The program behind `python3`. Where pyenv or another manager of versions provides that name, it is a script, which takes
 * twice the time of a start of Python.
 *
 * @module
 */
import { dirname } from "node:path";

/** Puts the folder of the program behind `python3` first in `PATH`, where that name is a script. */
export async function usePythonDirectly(): Promise<void> {
  const printed = async (program: string, ...args: string[]) => {
    const { success, stdout } = await new Deno.Command(program, { args, stdin: "null", stderr: "null" }).output();
    return success ? new TextDecoder().decode(stdout).trim() : "";
  };
  const script = await printed("sh", "-c", "command -v python3");
  if (!script || !await isScript(script)) return;
  const program = await printed(script, "-c", "import sys; print(sys.executable)");
  if (program) Deno.env.set("PATH", `${dirname(program)}:${Deno.env.get("PATH")}`);
}

async function isScript(path: string): Promise<boolean> {
  using file = await Deno.open(path);
  const start = new Uint8Array(2);
  await file.read(start);
  return new TextDecoder().decode(start) === "#!";
}
