import { exportProgram } from "../../lib/recording/export/export_process.ts";
import { EXPORT_FORMATS, type ExportFormat } from "../../lib/wire/recordings.ts";
import { cpuSeconds, residentBytes } from "../proc.ts";
import { writeRecording } from "./written.ts";

const RATE = 1_000;
const HOUR = 3_600;
const LOOK_MS = 20;

/** An hour at 1 kHz as a file of each format, and a quarter of it: the CPU of the process that writes it, and its memory. */
export async function exportsOfAnHour(): Promise<void> {
  const folders = [];
  for (const seconds of [HOUR / 4, HOUR]) {
    const folder = await Deno.makeTempDir({ prefix: "recording-benchmark" });
    writeRecording(folder, RATE, RATE * seconds);
    folders.push(folder);
  }
  for (const format of EXPORT_FORMATS) {
    const [quarter, hour] = [await exported(folders[0], format), await exported(folders[1], format)];
    console.log(
      `${format} of an hour at 1 kHz: ${hour.cpu.toFixed(1)} s CPU, ${(hour.bytes / 1e6).toFixed(0)} MB; memory ${
        (quarter.memory / 1e6).toFixed(0)
      } MB for a quarter, ${(hour.memory / 1e6).toFixed(0)} MB for all`,
    );
  }
  for (const folder of folders) await Deno.remove(folder, { recursive: true });
}

async function exported(folder: string, format: ExportFormat) {
  const request = { folder, format, about: { event: "recording", recording_id: "run" } };
  const child = exportProgram(request).spawn();
  const errors = new Response(child.stderr).text();
  await child.stdin.close();
  const found = { bytes: 0, cpu: 0, memory: 0 };
  const look = () => {
    found.cpu = Math.max(found.cpu, cpuSeconds(child.pid));
    found.memory = Math.max(found.memory, residentBytes(child.pid));
  };
  const looking = setInterval(look, LOOK_MS);
  for await (const piece of child.stdout) found.bytes += piece.length;
  look();
  clearInterval(looking);
  const { success } = await child.status;
  if (!success) throw new Error(await errors);
  return found;
}
