import { deepStrictEqual as equal, ok } from "node:assert/strict";
import * as fc from "fast-check";
import { type HeldLease, type LeaseOrder, LeaseTable, type WaitingOrder } from "../../lib/leases/lease_table.ts";

const DEVICES = ["a", "b", "c", "d"];

type Step =
  | { what: "acquire"; owner: number; devices: string[]; ttlMs: number; waitMs: number }
  | { what: "wait"; owner: number; devices: string[]; ttlMs: number; waitMs: number }
  | { what: "end" | "withdraw"; how: "renew" | "release" | "break" | "free"; pick: number }
  | { what: "pass"; ms: number };

const devices = fc.uniqueArray(fc.constantFrom(...DEVICES), { minLength: 1 });
const order = {
  owner: fc.nat({ max: 3 }),
  devices,
  ttlMs: fc.integer({ min: 1, max: 50 }),
  waitMs: fc.integer({ min: 1, max: 80 }),
};
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ what: fc.constantFrom("acquire" as const), ...order }),
  fc.record({ what: fc.constantFrom("wait" as const), ...order }),
  fc.record({
    what: fc.constantFrom("end" as const, "end" as const, "end" as const, "withdraw" as const),
    how: fc.constantFrom("renew" as const, "release" as const, "break" as const, "free" as const),
    pick: fc.nat({ max: 100 }),
  }),
  fc.record({ what: fc.constant("pass" as const), ms: fc.integer({ min: 1, max: 60 }) }),
);

/** A table, and what it has reported. */
class Run {
  nowMs = 0;
  readonly ended: HeldLease[] = [];
  /** The orders that have come and neither got a lease nor left, the first first. */
  readonly waiting: WaitingOrder[] = [];
  #ids = 0;
  #fence = 0;
  readonly table = new LeaseTable(() => ({ id: `${++this.#ids}`, tokenHash: `${this.#ids}` }), {
    granted: (lease, waited) => {
      ok(lease.fence > this.#fence, "a grant has a greater number than all before");
      this.#fence = lease.fence;
      for (const device of lease.devices) equal(this.table.holder(device), lease, "it has all of its devices");
      const place = waited ? this.waiting.findIndex((it) => isSame(it, waited)) : this.waiting.length;
      for (const earlier of this.waiting.slice(0, place)) {
        ok(!earlier.devices.some((it) => lease.devices.includes(it)), "no earlier order waits for one of its devices");
      }
      if (waited) this.waiting.splice(place, 1);
    },
    ended: (lease) => {
      ok(lease.end, "it says how it has ended");
      ok(this.table.fence > this.#fence, "an end has a greater number than all before");
      this.#fence = this.table.fence;
      this.ended.push(lease);
    },
    gaveUp: (order) => {
      ok(order.untilMs <= this.nowMs, "it has waited for as long as it may");
      this.waiting.splice(this.waiting.findIndex((it) => isSame(it, order)), 1);
    },
  }, { fence: 0, leases: [] });

  do(step: Step): void {
    const { table } = this;
    if (step.what === "pass") {
      this.nowMs += step.ms;
      return table.advance(this.nowMs);
    }
    if (step.what === "acquire" || step.what === "wait") {
      const order: LeaseOrder = { ...step, owner: `${step.owner}`, purpose: "" };
      const lease = table.acquire(order, this.nowMs);
      if (lease || step.what === "acquire") return;
      const waiting = { ...order, sinceMs: this.nowMs, untilMs: this.nowMs + step.waitMs };
      this.waiting.push(waiting);
      table.wait(order, this.nowMs, waiting.untilMs);
      return table.advance(this.nowMs);
    }
    table.advance(this.nowMs);
    const pick = <T>(from: readonly T[]): T | undefined => from[step.pick % Math.max(1, from.length)];
    if (step.what === "withdraw") {
      const left = pick(table.queue);
      if (!left) return;
      this.waiting.splice(this.waiting.findIndex((it) => isSame(it, left)), 1);
      return table.withdraw(left, this.nowMs);
    }
    const lease = pick(table.leases.filter(({ end }) => (step.how === "free") === (end !== undefined)));
    if (!lease) return;
    if (step.how === "free") table.free(lease, this.nowMs);
    else if (step.how === "renew") table.renew(lease, this.nowMs);
    else table.end(lease, step.how === "release" ? "released" : "broken", "", this.nowMs);
  }

  check(): void {
    const { table, nowMs } = this;
    for (const device of DEVICES) {
      const holders = table.leases.filter(({ devices }) => devices.includes(device));
      ok(holders.length <= 1, `${device} has one owner at most`);
      equal(table.holder(device), holders[0]);
    }
    for (const lease of table.leases) ok(lease.end || lease.untilMs > nowMs, "no lease is longer than its time");
    equal(table.queue.length, this.waiting.length);
    const [first] = table.queue;
    ok(!first || first.devices.some((it) => table.holder(it)), "the first order waits for a device that is held");
    ok(table.nextMs > nowMs, "what is over has ended");
  }
}

function isSame(one: WaitingOrder, other: WaitingOrder): boolean {
  return one.owner === other.owner && one.sinceMs === other.sinceMs && one.untilMs === other.untilMs &&
    one.devices === other.devices;
}

Deno.test("LeaseTable: one owner at most, all devices or none, in the order of the orders, for no longer than it holds", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const run = new Run();
      for (const step of steps) {
        run.do(step);
        run.check();
      }
      // Whatever was left: everyone gets a turn, or gives up.
      while (run.table.leases.length + run.table.queue.length > 0) {
        for (const lease of run.table.leases) if (lease.end) run.table.free(lease, run.nowMs);
        run.do({ what: "pass", ms: 50 });
        run.check();
      }
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("LeaseTable: an order that waits for two devices is not overtaken for one of them", () => {
  const granted: string[] = [];
  const table = new LeaseTable(() => ({ id: `${granted.length}`, tokenHash: "" }), {
    granted: ({ owner }) => granted.push(owner),
    ended: () => {},
    gaveUp: () => {},
  }, { fence: 0, leases: [] });
  const order = (owner: string, ...devices: string[]) => ({ owner, devices, purpose: "", ttlMs: 1_000 });
  const first = table.acquire(order("first", "a"), 0)!;
  table.wait(order("both", "a", "b"), 0, 900);
  equal(table.acquire(order("late", "b"), 0), undefined);
  table.wait(order("later", "b"), 0, 900);
  table.wait(order("elsewhere", "c"), 0, 900);
  table.advance(0);
  table.end(first, "released", "", 10);
  equal(granted, ["first", "elsewhere", "both"]);
});

Deno.test("LeaseTable: a lease that has expired holds its devices until they are safe", () => {
  const table = new LeaseTable(() => ({ id: "1", tokenHash: "" }), {
    granted: () => {},
    ended: () => {},
    gaveUp: () => {},
  }, { fence: 0, leases: [] });
  const order = { owner: "alice", devices: ["a"], purpose: "", ttlMs: 100 };
  const lease = table.acquire(order, 0)!;
  equal(table.acquire(order, 100), undefined);
  equal(lease.end?.how, "expired");
  table.free(lease, 150);
  equal(table.acquire(order, 150)?.fence, 3);
});
