/**
 * The commands that keep the properties of all devices, and restore them.
 *
 * @module
 */
import type { RestoreAnswer, RestoreRequest } from "../../../client/mod.ts";
import { LabError, messageOf } from "../../../errors.ts";
import { utf8Text } from "../../../format/encodings.ts";
import { parseExactJson } from "../../../format/exact_json.ts";
import type { AddCommand } from "./ctl.ts";
import { DATA_OUTPUT, type DataOptions, JSON_OUTPUT, OUTPUT, printData } from "../view/data.ts";

/** `ctl snapshot` */
export const snapshot: AddCommand = (program, ctl) =>
  program.command("snapshot")
    .description("the properties of all devices, as JSON")
    .addOption(DATA_OUTPUT).addOption(JSON_OUTPUT)
    .action(async ({ output }: DataOptions) => {
      const { api, err, paint } = ctl();
      const taken = await api.snapshot();
      await printData(ctl(), output, taken);
      for (const { missing } of taken.devices) for (const { why } of missing) await err.print(paint(`Missing: ${why}`));
    });

/** `ctl restore` */
export const restore: AddCommand = (program, ctl) =>
  program.command("restore")
    .description("set the properties of a snapshot, or of a time of a recording, that differ")
    .argument("[file]", "a file that snapshot has written; - for standard input")
    .option("--recording <id>", "take the values from a recording, without a file")
    .option("--at <time>", "the time in it: 2026-11-26T08:00:00Z")
    .option("--devices <ids>", "devices of the recording: a,b (default: all)")
    .option("--dry-run", "show the differences, and set nothing")
    .addOption(OUTPUT).addOption(JSON_OUTPUT)
    .addHelpText(
      "after",
      `
What cannot be restored goes to standard error, and the exit code is then 1; values that can only be read do not count.`,
    )
    .action(async (file: string | undefined, options: RestoreFlags) => {
      const { dryRun, output } = options;
      const { api, out, err, paint } = ctl();
      // A device that does not answer takes half a minute: what is done is printed before.
      const onDevice = async ({ changes, skipped, warnings }: RestoreAnswer) => {
        for (const warning of warnings ?? []) await err.print(paint(`Warning: ${warning}`));
        for (const { device_id, name, from, to } of output === "table" ? changes : []) {
          await out.print(`${device_id} ${name}: ${JSON.stringify(from)} → ${JSON.stringify(to)}`);
        }
        for (const { device_id, name, why } of skipped.filter(isFailure)) {
          await err.print(paint(`${device_id} ${name}: ${why}`));
        }
      };
      const source = sourceOf(file, options);
      const restored = typeof source === "string"
        ? api.restore(await readSnapshot(source), { dryRun, onDevice })
        : api.restoreRecording(source.recording, source.at, { dryRun, devices: source.devices });
      const answer = await restored;
      if (typeof source !== "string") await onDevice(answer);
      const { changes, skipped } = answer;
      if (output !== "table") await printData(ctl(), output, answer);
      else if (!changes.length) await out.print(dryRun ? "Nothing differs that can be set" : "Nothing had to be set");
      const failed = skipped.filter(isFailure);
      if (failed.length) throw new Error(`Not restored: ${failed.length} of the properties`);
    });

interface RestoreFlags extends DataOptions {
  dryRun?: true;
  recording?: string;
  at?: string;
  devices?: string;
}

/**
 * The source of a snapshot: a file, or a time of a recording.
 *
 * @throws {LabError} `InvalidRequest` unless exactly one of them is given.
 */
function sourceOf(file: string | undefined, { recording, at, devices }: RestoreFlags) {
  if (file !== undefined && recording === undefined && at === undefined && devices === undefined) return file;
  if (file === undefined && recording !== undefined && at !== undefined) {
    return { recording, at, devices: devices?.split(",").filter((id) => id !== "") };
  }
  throw new LabError("InvalidRequest", "Cannot restore: name a file, or --recording with --at");
}

/** False for a measured value, which can only be read. */
function isFailure({ type }: RestoreAnswer["skipped"][number]): boolean {
  return type !== "PropertyReadOnly";
}

async function readSnapshot(file: string): Promise<RestoreRequest> {
  const attempt = `Cannot read the snapshot ${file}`;
  try {
    const bytes = file === "-" ? await new Response(Deno.stdin.readable).bytes() : await Deno.readFile(file);
    const text = utf8Text(bytes).replace(/^\ufeff/, "");
    const value = (text.trimStart().startsWith("{") ? parseExactJson(text) : (await import("yaml")).parse(text)) as
      | RestoreRequest
      | undefined;
    if (Array.isArray(value?.devices)) return value;
  } catch (error) {
    throw new LabError("InvalidRequest", `${attempt}: ${messageOf(error)}`, { cause: error });
  }
  throw new LabError("InvalidRequest", `${attempt}: it has no list of devices`);
}
