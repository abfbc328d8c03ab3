/**
 * Writes a recording for the random windows: `deno run -A benchmarks/recording/write.ts folder rate samples`.
 *
 * @module
 */
import { writeColumns } from "./written_columns.ts";

const [folder, rate, samples] = Deno.args;
Deno.mkdirSync(folder, { recursive: true });
writeColumns(folder, Number(rate), Number(samples));
