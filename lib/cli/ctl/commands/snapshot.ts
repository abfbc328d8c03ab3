/**
 * The commands that keep the properties of all devices, and restore them.
 *
 * @module
 */
import type { RestoreAnswer, RestoreRequest } from "../../../client/mod.ts";
import { LabError, messageOf } from "../../../errors.ts";
import { parseExactJson } from "../../../format/exact_json.ts";
import type { AddCommand } from "./ctl.ts";

/** `ctl snapshot` */
export const snapshot: AddCommand = (program, ctl) =>
  program.command("snapshot")
    .description("the properties of all devices, as JSON")
    .addHelpText("after", "\n  deno task -q ctl snapshot > bench.json")
    .action(async () => {
      const { api, out, err, paint } = ctl();
      const taken = await api.snapshot();
      await out.printJson(taken);
      for (const { missing } of taken.devices) for (const { why } of missing) await err.print(paint(`Missing: ${why}`));
    });

/** `ctl restore` */
export const restore: AddCommand = (program, ctl) =>
  program.command("restore")
    .description("set the properties of a snapshot that differ")
    .argument("<file>", "a file that snapshot has written; - for standard input")
    .option("--dry-run", "show the differences, and set nothing")
    .option("--json", "print the daemon's whole answer as JSON")
    .addHelpText(
      "after",
      `
What cannot be restored goes to standard error, and the exit code is then 1; values that can only be read do not count.

  deno task ctl restore bench.json --dry-run`,
    )
    .action(async (file: string, { dryRun, json }: { dryRun?: true; json?: true }) => {
      const { api, out, err, paint } = ctl();
      // A device that does not answer takes half a minute: what is done is printed before.
      const onDevice = async ({ changes, skipped }: RestoreAnswer) => {
        for (const { device_id, name, from, to } of json ? [] : changes) {
          await out.print(`${device_id} ${name}: ${JSON.stringify(from)} → ${JSON.stringify(to)}`);
        }
        for (const { device_id, name, why } of skipped.filter(isFailure)) {
          await err.print(paint(`${device_id} ${name}: ${why}`));
        }
      };
      const { changes, skipped } = await api.restore(await readSnapshot(file), { dryRun, onDevice });
      if (json) await out.printJson({ changes, skipped });
      else if (!changes.length) await out.print(dryRun ? "Nothing differs that can be set" : "Nothing had to be set");
      const failed = skipped.filter(isFailure);
      if (failed.length) throw new Error(`Not restored: ${failed.length} of the properties`);
    });

/** False for a measured value, which can only be read. */
function isFailure({ type }: RestoreAnswer["skipped"][number]): boolean {
  return type !== "PropertyReadOnly";
}

async function readSnapshot(file: string): Promise<RestoreRequest> {
  const attempt = `Cannot read the snapshot ${file}`;
  try {
    const text = file === "-" ? await new Response(Deno.stdin.readable).text() : await Deno.readTextFile(file);
    const value = parseExactJson(text) as RestoreRequest | undefined;
    if (Array.isArray(value?.devices)) return value;
  } catch (error) {
    throw new LabError("InvalidRequest", `${attempt}: ${messageOf(error)}`, { cause: error });
  }
  throw new LabError("InvalidRequest", `${attempt}: it has no list of devices`);
}
