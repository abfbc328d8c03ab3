/**
 * Measures recordings: `deno run -A benchmarks/recording/main.ts [seconds] [kills] [millions]`.
 *
 * 1. 100,000 scalar samples/s of four devices, and 100 MB/s of waveforms, with and without a recording, in turns: the CPU of
 *    the daemon and of the recorder, the bytes of a sample, the samples in gaps.
 * 2. An hour at 1 kHz as a file of each format: CPU and memory.
 * 3. Random windows of one second out of so many million samples at 100 kHz, while it records.
 * 4. SIGKILL of the recorder, of the daemon and of both, at random moments: the files must open at once, and what is stored
 *    must be what was produced, less what gaps count and what came in the last moments.
 *
 * A part with 0 is left out. `deno run -A benchmarks/recording/write.ts folder rate samples` writes a recording for
 * `deno run -A benchmarks/recording/main.ts 0 0 folder`.
 *
 * @module
 */
import { daemonAtWork } from "./daemon.ts";
import { exportsOfAnHour } from "./exports.ts";
import { randomKills } from "./kills.ts";
import { SCALARS, WAVEFORMS } from "./streams.ts";
import { randomWindows } from "./windows.ts";
import { writeRecording } from "./written.ts";

const [seconds = "5", kills = "20", windows = "3.6"] = Deno.args;
const ROUNDS = 4;
const RATE = 100_000;
const WINDOW_SECONDS = 30;

if (Number(seconds) > 0) {
  for (const streams of [SCALARS, WAVEFORMS]) await daemonAtWork(streams, Number(seconds), ROUNDS);
  await exportsOfAnHour();
}
if (Number(windows) > 0) {
  const folder = await Deno.makeTempDir({ prefix: "recording-benchmark" });
  writeRecording(folder, RATE, Number(windows) * 1e6);
  await randomWindows(folder, WINDOW_SECONDS);
  await Deno.remove(folder, { recursive: true });
} else if (windows !== "0") await randomWindows(windows, WINDOW_SECONDS);
if (Number(kills) > 0) await randomKills(Number(kills));
Deno.exit();
