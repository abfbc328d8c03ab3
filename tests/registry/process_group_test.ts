import { deepStrictEqual as equal } from "node:assert/strict";
import { IGNORE_EVENTS } from "../../lib/host/host.ts";
import type { Plan } from "../../lib/registry/plan.ts";
import { type GroupMember, ProcessGroup } from "../../lib/registry/process_group.ts";

/** The permissions of the devices are read when they are united. */
function groupOf(many: number) {
  let reads = 0;
  const planOf = (address: string) =>
    ({
      get permissions() {
        reads++;
        return { net: [address] };
      },
    }) as unknown as Plan;
  const members = Array.from({ length: many }, (_, i) => ({
    id: `d${i}`,
    plan: planOf(`10.0.0.${i}:5025`),
    confinement: { permissions: {}, memoryBytes: 1000 + i, heartbeatTimeoutMs: 1000 },
  })) as unknown as (GroupMember & { plan: Plan })[];
  const group = new ProcessGroup({ name: 'process "p"', mayDivide: false }, () => [...members], IGNORE_EVENTS);
  return { group, members, planOf, reads: () => reads };
}

Deno.test("the statuses of a hundred devices of one process unite their permissions once, not a hundred times", () => {
  const { group, members, reads } = groupOf(100);
  const found = members.map(({ id }) => group.processOf(id));
  equal(reads(), 100);
  for (const { ids, permissions, memoryBytes } of found) {
    equal([ids.length, (permissions.net as string[]).length, memoryBytes], [100, 100, 1099]);
  }
});

Deno.test("the process of a group has what its devices need now: a new plan, a device more, a device less", () => {
  const { group, members, planOf } = groupOf(2);
  const net = () => group.processOf("d0").permissions.net;
  equal(net(), ["10.0.0.0:5025", "10.0.0.1:5025"]);
  members[1].plan = planOf("10.0.0.9:5025");
  equal(net(), ["10.0.0.0:5025", "10.0.0.9:5025"]);
  members.push({ ...members[1], id: "d2", plan: planOf("10.0.0.7:5025") });
  equal(net(), ["10.0.0.0:5025", "10.0.0.9:5025", "10.0.0.7:5025"]);
  members.splice(1, 2);
  equal(net(), ["10.0.0.0:5025"]);
});
