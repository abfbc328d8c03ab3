import { deepStrictEqual as equal, match } from "node:assert/strict";
import { benchOf } from "../support/bench.ts";
import { hasProc } from "../support/processes.ts";

Deno.test("the machine's cores and memory go to the daemon before its drivers", { ignore: !hasProc }, async () => {
  await using bench = await benchOf("counter.ts");
  const device = await bench.daemon.addDevice("counter1", "Counter");
  await device.connect();
  const pid = await device.call("pid");
  equal(Deno.readTextFileSync(`/proc/${pid}/oom_score_adj`), "500\n");
  let group: string;
  try {
    group = Deno.readTextFileSync(`/proc/${pid}/autogroup`);
  } catch {
    return; // A kernel without groups by session.
  }
  match(group, /nice 5\n$/);
});
