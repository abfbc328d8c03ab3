/**
 * Ten minutes of recording without a gap: `deno run -A benchmarks/recording/long_run.ts [seconds]`.
 *
 * 100,000 scalar samples/s of four devices, then 100 MB/s of waveforms, each recorded for so long by a whole daemon. Each number
 * that the devices have had must be stored; the exit code is 1 if one is not. The waveforms take 9 GB of the disk.
 *
 * @module
 */
import { daemonAtWork } from "./daemon.ts";
import { SCALARS, WAVEFORMS } from "./streams.ts";

const seconds = Number(Deno.args[0] ?? 600);

let lost = 0;
for (const streams of [SCALARS, WAVEFORMS]) lost += await daemonAtWork(streams, seconds, 1);
Deno.exit(lost === 0 ? 0 : 1);
