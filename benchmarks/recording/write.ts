/**
 * Writes a recording for the random windows: `deno run -A benchmarks/recording/write.ts folder rate samples`.
 *
 * @module
 */
import { writeRecording } from "./written.ts";

const [folder, rate, samples] = Deno.args;
Deno.mkdirSync(folder, { recursive: true });
writeRecording(folder, Number(rate), Number(samples));
