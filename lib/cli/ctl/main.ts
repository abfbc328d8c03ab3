/**
 * `deno task ctl`: the devices of a daemon, from the command line.
 *
 * @module
 */
import { readCtlToken } from "../../access/ctl_token.ts";
import { writeAll } from "../../async/write_all.ts";
import { browse } from "../terminal/browser.ts";
import type { Sink } from "../terminal/outlet.ts";
import { run } from "./run.ts";

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  // The second signal ends the process at once.
  Deno.addSignalListener(signal, () => stop.signal.aborted ? Deno.exit(130) : stop.abort());
}

Deno.exit(
  await run(Deno.args, {
    stdout: sink(Deno.stdout),
    stderr: sink(Deno.stderr),
    env: (name) => Deno.env.get(name),
    signal: stop.signal,
    ownToken: readCtlToken,
    browse,
  }),
);

function sink(stream: typeof Deno.stdout | typeof Deno.stderr): Sink {
  return {
    isTerminal: stream.isTerminal(),
    size: () => Deno.consoleSize(),
    write: (bytes) => writeAll(stream, bytes),
  };
}
