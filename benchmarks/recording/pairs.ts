/**
 * The daemon's CPU for recording, in many short turns with and without it: on a machine that does other things, the median of the
 * differences says more than a long run. `deno run -A benchmarks/recording/pairs.ts [pairs] [seconds] [pipe] [read]`.
 *
 * With `pipe`, what is recorded goes through a pipe, as where no folder is in memory. With `read`, each stream has a reader.
 *
 * @module
 */
import { daemonAtWork } from "./daemon.ts";
import { SCALARS, WAVEFORMS } from "./streams.ts";

const [pairs = "10", seconds = "6", ...ways] = Deno.args;
const options = { memory: ways.includes("pipe") ? [] : undefined, isRead: ways.includes("read") };

for (const streams of [SCALARS, WAVEFORMS]) await daemonAtWork(streams, Number(seconds), Number(pairs), options);
Deno.exit();
