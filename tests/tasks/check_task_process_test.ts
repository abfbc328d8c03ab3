import { deepStrictEqual as equal, rejects } from "node:assert/strict";
import { checkTask } from "../../lib/tasks/check_task.ts";

Deno.test("check-task loads a task in a process, and says what it would own; another file is refused with the reason", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.copyFile("tasks/sequence.ts", `${folder}/sequence.ts`);
  await Deno.copyFile("drivers/streaming_daq.ts", `${folder}/streaming_daq.ts`);
  const { type, devices } = await checkTask(`${folder}/sequence.ts`, { steps: "- set: psu1.voltage\n  to: 3" });
  equal([type.name, type.on_unknown, devices], ["Sequence", "ask", ["psu1"]]);
  await rejects(checkTask(`${folder}/sequence.ts`, { steps: "- jump: 3" }), {
    message: /step 1: expected one of set\/to/,
  });
  await rejects(checkTask(`${folder}/sequence.ts`, {}), { code: "InvalidRequest", message: /steps: missing/ });
  await rejects(checkTask(`${folder}/streaming_daq.ts`), {
    message: /it is a driver; its place is the folder of the drivers/,
  });
  await rejects(checkTask(`${folder}/none.ts`), { code: "NotFound" });
  await Deno.remove(folder, { recursive: true });
});
