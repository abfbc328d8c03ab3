/**
 * `deno task check-task tasks/my_scan.ts`: loads a task as the daemon does. Exit codes: 0, 1 if it cannot be used, 2 for wrong
 * usage.
 *
 * @module
 */
import { messageOf } from "../errors.ts";
import { checkTask } from "../tasks/check_task.ts";
import { commandLine, jsonObject, parse } from "./command_line.ts";

const program = commandLine(
  "deno task check-task",
  "Loads a task as the daemon does, and shows what it is started with",
)
  .argument("<file>", "the task file")
  .option("--params <json>", `make the task with these params, and show the devices that it owns`, jsonObject)
  .option("--json", "print the results for a program")
  .action(async (file: string, { params, json }: { params?: Record<string, unknown>; json?: true }) => {
    try {
      const { type, devices } = await checkTask(file, params);
      if (json) return console.log(JSON.stringify({ ...type, devices }, null, 2));
      console.log(`${type.name}${type.summary ? `: ${type.summary}` : ""}`);
      for (const [name, its] of Object.entries((type.params?.properties ?? {}) as Record<string, unknown>)) {
        console.log(`  ${name}: ${JSON.stringify(its)}`);
      }
      if (devices) console.log(`It owns: ${devices.join(", ") || "no device"}`);
    } catch (error) {
      console.error(messageOf(error));
      Deno.exitCode = 1;
    }
  });

await parse(program, Deno.args).catch((error) => {
  console.error(`Cannot check a task: ${messageOf(error)}`);
  Deno.exitCode = 2;
});
