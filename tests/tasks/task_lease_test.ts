/** The lease of a task that ends while it waits for its devices. */
import { deepStrictEqual as equal } from "node:assert/strict";
import { TaskLease } from "../../lib/tasks/task_lease.ts";
import { taskBench } from "../support/task_bench.ts";

Deno.test("a resumed task that is cancelled while it waits for its device does not hold the device afterwards", async () => {
  await using bench = await taskBench([]);
  const owner = () => bench.daemon.getDevice("psu1").status().owned_by;
  const { lease_id, token } = await bench.leases.acquire({
    ...{ owner: "bob", purpose: "tests", devices: ["psu1"], ttlMs: 60_000 },
  });
  const lease = new TaskLease(bench.leases, "task1");
  const resumed = lease.resume(null, ["psu1"], "Scan");
  await lease.end("cancelled");
  equal(owner(), "bob");
  await bench.leases.release(lease_id, [token]);
  await resumed;
  equal([owner(), lease.kept], [null, null]);
});
