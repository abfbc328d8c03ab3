/** What ctl says of leases, alarms and tasks on a stream. */
import { deepStrictEqual as equal } from "node:assert/strict";
import { EventMessages } from "../../../lib/cli/ctl/view/event_messages.ts";
import type { ReceivedEvent } from "../../../lib/client/mod.ts";

function said(event: "lease" | "alarm" | "task", data: Record<string, unknown>): string | undefined {
  return new EventMessages().messageOf({ event, device_id: "psu1", data } as unknown as ReceivedEvent);
}

Deno.test("the changes of a task have a line each, but for the begin of a step", () => {
  const task = { task_id: "scan1", task_type: "Scan", step: null, text: "" };
  equal(said("task", { ...task, change: "started", text: "by alice" }), 'The task "scan1" (Scan): started: by alice');
  equal(said("task", { ...task, change: "paused" }), 'The task "scan1" (Scan): paused');
  equal(said("task", { ...task, change: "step_begun", step: "point 1" }), undefined);
  equal(
    said("task", { ...task, change: "step_done", step: "point 1" }),
    'The task "scan1" (Scan): step done "point 1"',
  );
  equal(
    said("task", { ...task, change: "asked", step: "point 1", text: "Go on?" }),
    'The task "scan1" (Scan): asked "point 1": Go on?',
  );
});

Deno.test("a lease and an alarm have a line for each change", () => {
  const lease = { owner: "alice", purpose: "IV curve" };
  equal(said("lease", { ...lease, state: "granted" }), '"psu1" is leased by alice: IV curve');
  equal(
    said("lease", { ...lease, state: "broken", reason: "smoke" }),
    'The lease of "psu1" by alice has ended (broken): smoke',
  );
  equal(said("lease", { ...lease, state: "free", safe: true }), '"psu1" is free, and was made safe');
  equal(said("lease", { ...lease, state: "free", safe: false }), '"psu1" is free; it could not be made safe');
  equal(said("lease", { ...lease, state: "free", safe: null }), '"psu1" is free');
  equal(
    said("alarm", { name: "hot", state: "firing", message: "temperature is 81: above 80" }),
    'The alarm "hot" of "psu1" is firing: temperature is 81: above 80',
  );
});
