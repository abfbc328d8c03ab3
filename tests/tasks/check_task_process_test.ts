import { deepStrictEqual as equal, rejects } from "node:assert/strict";
import { checkTask } from "../../lib/tasks/check_task.ts";

Deno.test("check-task loads a task in a process, and says what it would own; a driver is refused with the reason", async () => {
  const folder = await Deno.makeTempDir();
  for (const path of ["tasks/sequence.ts", "drivers/streaming_daq.ts"]) {
    await Deno.mkdir(`${folder}/${path.split("/")[0]}`);
    await Deno.copyFile(new URL(`../../${path}`, import.meta.url), `${folder}/${path}`);
  }
  const steps = "- set: psu1.voltage\n  to: 3";
  const { type, devices } = await checkTask(`${folder}/tasks/sequence.ts`, { steps });
  equal([type.name, type.on_unknown, devices], ["Sequence", "ask", ["psu1"]]);
  const jump = checkTask(`${folder}/tasks/sequence.ts`, { steps: "- jump: 3" });
  await rejects(jump, { message: /steps\[0\]: expected one of set\/to/ });
  const driver = checkTask(`${folder}/drivers/streaming_daq.ts`);
  await rejects(driver, { message: /it is a driver; its place is the folder of the drivers/ });
  await Deno.remove(folder, { recursive: true });
});
