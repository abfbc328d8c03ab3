/**
 * The commands about recordings.
 *
 * @module
 */
import { Option } from "commander";
import { writeAll } from "../../../async/write_all.ts";
import type { RecordingPart, RecordingStatus } from "../../../client/mod.ts";
import { messageOf } from "../../../errors.ts";
import { EXPORT_FORMATS } from "../../../wire/recordings.ts";
import { type Cell, table } from "../../terminal/table.ts";
import type { AddCommand } from "./ctl.ts";
import { printUnanswered } from "../view/away.ts";
import { type DataOptions, JSON_OUTPUT, OUTPUT, printData } from "../view/data.ts";

const HEADINGS = ["RECORDING", "STATE", "FROM", "TO", "DEVICES", "SAMPLES", "LOST", "MIB"];

/** `ctl record` */
export const record: AddCommand = (program, ctl) => {
  const group = program.command("record").description("keep what devices stream on the daemon's disk");
  group.command("start <name> [devices...]")
    .description("record devices; all by default")
    .option("--until <time>", "stop by itself: a time, or a duration such as 10min")
    .option("--note <text>", "a note")
    .option("--tag <tags...>", "tags")
    .action(async (name: string, devices: string[], { until, note, tag }: StartOptions) => {
      const { api, out } = ctl();
      const options = { ...devices.length > 0 && { devices }, until, note, tags: tag };
      const { recording_id } = await api.startRecording(name, options);
      await out.print(recording_id);
    });
  group.command("stop <recording>").description("stop a recording").action(async (id: string) => {
    const { api, out } = ctl();
    await out.print(summary(await api.stopRecording(id)));
  });
  group.command("note <recording> <text>").description("add a note").action(async (id: string, text: string) => {
    await ctl().api.addRecordingNote(id, text);
  });
  group.command("list")
    .description("all recordings")
    .addOption(OUTPUT).addOption(JSON_OUTPUT)
    .action(async ({ output }: DataOptions) => {
      const { api, out, err, paint } = ctl();
      const answer = await api.listRecordings();
      if (output !== "table") return await printData(ctl(), output, answer);
      const { recordings, storage } = answer;
      if (recordings.length === 0) await out.print("There are no recordings");
      else for (const line of table(HEADINGS, recordings.map(rowOf), paint, out.size.columns)) await out.print(line);
      await printUnanswered(err, answer);
      if (storage.reason !== null) await out.print(`Nothing is stored now: ${storage.reason}`);
    });
  group.command("delete <recording>").description("delete a recording and its data").action(async (id: string) => {
    await ctl().api.deleteRecording(id);
  });
};

interface StartOptions {
  until?: string;
  note?: string;
  tag?: string[];
}

/** `ctl export` */
export const exportRecording: AddCommand = (program, ctl) => {
  program.command("export <recording>")
    .description("write a recording, or a part of it, to a file")
    .addOption(new Option("--format <format>", "the format").choices(EXPORT_FORMATS).default("csv"))
    .option("--devices <ids...>", "only these devices")
    .option("--from <time>", "from this time on, as 2026-11-26T08:00:00Z")
    .option("--to <time>", "before this time")
    .option("--points <number>", "thinned: the extremes of each number in half as many intervals")
    .option("--output <file>", "the file, or - for standard output (default: the recording's name)")
    .action(async (id: string, { output, ...part }: RecordingPart & { output?: string }) => {
      const { api, out, err } = ctl();
      const data = await api.recordingData(id, part);
      if (output === "-") {
        for await (const bytes of data) {
          await out.writeBytes(bytes);
          // Leaving the loop ends the export.
          if (out.closed.aborted) return;
        }
        return;
      }
      const path = output ?? `${id}.${part.format}`;
      await write(path, data);
      await err.print(path);
    });
};

/** Writes a file that is whole, or not there. */
async function write(path: string, data: ReadableStream<Uint8Array>): Promise<void> {
  const draft = `${path}.part`;
  try {
    using file = await Deno.open(draft, { write: true, create: true, truncate: true });
    for await (const bytes of data) await writeAll(file, bytes);
    await Deno.rename(draft, path);
  } catch (cause) {
    await data.cancel().catch(() => {});
    await Deno.remove(draft).catch(() => {});
    throw new Error(`Cannot write ${path}: ${messageOf(cause)}`, { cause });
  }
}

function rowOf({ recording_id, state, started_at, ended_at, contents }: RecordingStatus): Cell[] {
  const sum = (of: "samples" | "lost" | "bytes") => contents.reduce((total, it) => total + it[of], 0);
  return [
    recording_id,
    state === "paused" ? { text: state, colour: "red" } : state,
    started_at.slice(0, 19).replace("T", " "),
    ended_at?.slice(0, 19).replace("T", " ") ?? "",
    contents.map(({ device_id }) => device_id).join(","),
    String(sum("samples")),
    String(sum("lost")),
    (sum("bytes") / 1024 ** 2).toFixed(1),
  ];
}

function summary({ recording_id, state, contents }: RecordingStatus): string {
  const parts = contents.map(({ device_id, samples, lost }) => `${device_id}: ${samples} samples, ${lost} lost`);
  return [`${recording_id}: ${state}`, ...parts].join("\n");
}
