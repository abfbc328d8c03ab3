import { ok } from "node:assert/strict";
import { writeColumns } from "../../benchmarks/recording/written_columns.ts";
import { exportProgram } from "../../lib/recording/export/export_process.ts";

const RATE = 1_000;

/** The most memory that the export of so many samples has taken, in kilobytes. */
async function memoryOf(samples: number): Promise<number> {
  const folder = await Deno.makeTempDir({ prefix: "recordings" });
  writeColumns(folder, RATE, samples);
  const about = { event: "recording", recording_id: "run" };
  const child = exportProgram({ folder, format: "jsonl", about }).spawn();
  const errors = new Response(child.stderr).text();
  await child.stdin.close();
  let [kilobytes, lines] = [0, 0];
  for await (const piece of child.stdout) {
    for (const byte of piece) if (byte === 10) lines++;
    // Of a process that has ended meanwhile, there is none.
    const status = await Deno.readTextFile(`/proc/${child.pid}/status`).catch(() => "");
    kilobytes = Math.max(kilobytes, Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0));
  }
  const { success } = await child.status;
  ok(success, await errors);
  ok(lines > samples, `${lines} lines`);
  await Deno.remove(folder, { recursive: true });
  return kilobytes;
}

Deno.test({
  name: "the memory of an export as JSON lines does not grow with the recording",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const [short, long] = [await memoryOf(150_000), await memoryOf(750_000)];
    ok(short > 0 && long < short * 1.2, `${short} kB, then ${long} kB`);
  },
});
