/**
 * Several starts of the daemon in one process, one after the other: most of what a start costs is loading the program.
 *
 * @module
 */
import { ok } from "node:assert/strict";
import { reset } from "@logtape/logtape";
import config from "../../deno.json" with { type: "json" };
import { benchFolder, type Ended } from "./served_bench.ts";

/** A start that fails before it opens the bench. */
export interface FailingStart {
  /** The text of the bench file; without it there is none. */
  bench?: string;
  args?: string[];
  env?: Record<string, string>;
  /** Name the bench file by `LABDAEMON_CONFIG` instead of the flag. */
  configByEnv?: boolean;
}

/** Ends the output of a start; the exit code follows. */
const END = "\0the start has ended: ";

/** The exit code and the output of each start. They have the permissions of `deno task serve`. */
export async function failingStarts(starts: FailingStart[]): Promise<Ended[]> {
  const folders = await Promise.all(starts.map(({ bench = "" }) => benchFolder(bench)));
  try {
    const commands = await Promise.all(starts.map(async ({ bench, args = [], env = {}, configByEnv }, i) => {
      const file = `${folders[i]}/bench.yaml`;
      if (bench === undefined) await Deno.remove(file);
      return configByEnv
        ? { args, env: { ...env, LABDAEMON_CONFIG: file } }
        : { args: ["--config", file, ...args], env };
    }));
    const flags = config.tasks.serve.command.split(" ").slice(1, -1);
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [...flags, import.meta.filename!, JSON.stringify(commands)],
      signal: AbortSignal.timeout(60_000),
    }).output();
    const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    ok(code === 0, `${out}\n${err}`);
    const [outs, errs] = [out, err].map((text) => text.split(RegExp(`${END}\\d+\n`)));
    const codes = Array.from(out.matchAll(RegExp(`${END}(\\d+)`, "g")), ([, code]) => Number(code));
    ok(codes.length === starts.length && errs.length === outs.length, `${out}\n${err}`);
    return codes.map((code, i) => ({ code, stdout: outs[i], stderr: errs[i] }));
  } finally {
    for (const folder of folders) await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) {
  for (const [i, { args, env }] of JSON.parse(Deno.args[0]).entries()) {
    for (const name of Object.keys(env)) Deno.env.set(name, env[name]);
    // The program's state is that of its module.
    const { serve } = await import(`../../lib/cli/serve/serve.ts?${i}`);
    const code = await serve(args, config.version);
    for (const name of Object.keys(env)) Deno.env.delete(name);
    console.log(`${END}${code}`);
    console.error(`${END}${code}`);
    await reset();
  }
  Deno.exit(0);
}
