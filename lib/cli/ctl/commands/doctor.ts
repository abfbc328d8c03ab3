/**
 * The command that lists the faults of a bench.
 *
 * @module
 */
import { ServerAPIError } from "../../../client/mod.ts";
import { diagnose } from "../doctor/diagnose.ts";
import { factsOf } from "../doctor/facts.ts";
import type { AddCommand } from "./ctl.ts";
import { type DataOptions, JSON_OUTPUT, OUTPUT, printData } from "../view/data.ts";

/** `ctl doctor` */
export const doctor: AddCommand = (program, ctl) =>
  program.command("doctor")
    .description("what is wrong on the bench, who can remove it, and how")
    .addOption(OUTPUT).addOption(JSON_OUTPUT)
    .addHelpText(
      "after",
      `
It only reads. The exit code is 1 if anything is wrong.`,
    )
    .action(async ({ output }: DataOptions) => {
      const { out, paint } = ctl();
      const facts = await factsOf(ctl());
      const findings = diagnose(facts);
      if (output !== "table") await printData(ctl(), output, findings);
      else {
        for (const { subject, culprit, found, remedy } of findings) {
          await out.print(`${paint(subject, "bold")} (${culprit}): ${paint(found, "red")}`);
          await out.print(paint(`  → ${remedy}`));
        }
        const { devices, drivers } = facts;
        const counts = `${devices.length} devices, ${drivers.length} drivers`;
        if (!findings.length) await out.print(paint(`Nothing is wrong: ${counts}`, "green"));
      }
      if (!findings.length) return;
      const message = `${findings.length} found to be wrong`;
      throw new ServerAPIError(message, { type: "BenchIsUnwell", origin: "device" });
    });
