/**
 * `deno task ctl`: the devices of a daemon, from the command line.
 *
 * @module
 */
import type { Sink } from "./outlet.ts";
import { run } from "./run.ts";

const enough = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  // Who asks again is impatient, and gets it at once.
  Deno.addSignalListener(signal, () => enough.signal.aborted ? Deno.exit(130) : enough.abort());
}

Deno.exit(
  await run(Deno.args, {
    stdout: sink(Deno.stdout),
    stderr: sink(Deno.stderr),
    env: (name) => Deno.env.get(name),
    signal: enough.signal,
  }),
);

function sink(stream: typeof Deno.stdout | typeof Deno.stderr): Sink {
  return {
    isTerminal: stream.isTerminal(),
    size: () => Deno.consoleSize(),
    async write(bytes) {
      for (let rest = bytes; rest.length;) rest = rest.subarray(await stream.write(rest));
    },
  };
}
