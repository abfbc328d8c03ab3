import { deepStrictEqual as equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { AlarmStateMachine } from "../../lib/alarms/alarm_state.ts";
import type { AlarmState } from "../../lib/wire/alarms.ts";

function machine(forMs: number, clearsAfterMs: number) {
  const states: AlarmState[] = [];
  return { states, alarm: new AlarmStateMachine({ forMs, clearsAfterMs }, (state) => states.push(state)) };
}

Deno.test("an alarm fires when its condition has held for its time, and ends when it has not for another", () => {
  const { alarm, states } = machine(5_000, 30_000);
  alarm.update(true, 0);
  alarm.update(true, 4_999);
  equal([states, alarm.dueMs], [["pending"], 5_000]);
  alarm.tick(5_000);
  alarm.update(false, 6_000);
  equal([states, alarm.dueMs], [["pending", "firing"], 36_000]);
  alarm.tick(35_999);
  equal(alarm.state, "firing");
  alarm.tick(36_000);
  equal(states, ["pending", "firing", "ok"]);
});

Deno.test("a thousand flaps are one incident", () => {
  const { alarm, states } = machine(0, 30_000);
  for (let i = 0; i <= 1_000; i++) {
    alarm.update(true, i * 2_000);
    alarm.update(false, i * 2_000 + 1_000);
  }
  equal([states, alarm.flaps], [["pending", "firing"], 1_000]);
});

Deno.test("only an alarm that fires can be acknowledged, once; it then waits for its end", () => {
  const { alarm } = machine(1_000, 1_000);
  alarm.update(true, 0);
  equal(alarm.acknowledge(), false);
  alarm.tick(1_000);
  equal([alarm.acknowledge(), alarm.acknowledge(), alarm.state], [true, false, "acknowledged"]);
  alarm.update(false, 2_000);
  alarm.tick(3_000);
  equal(alarm.state, "ok");
});

const step = fc.record({
  ms: fc.integer({ min: 0, max: 4_000 }),
  what: fc.constantFrom("true", "false", "tick", "acknowledge"),
});

Deno.test("whatever happens in whatever order, the states are those of the definition", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.nat(3_000), fc.nat(3_000), (steps, forMs, clearsAfterMs) => {
      const { alarm, states } = machine(forMs, clearsAfterMs);
      // The model: the condition's changes so far, and whether there is an incident.
      let [now, isTrue, since, isOpen, isKnown] = [0, false, 0, false, false];
      const settle = () => {
        if (!isOpen && isTrue && now - since >= forMs) [isOpen, isKnown] = [true, false];
        else if (isOpen && !isTrue && now - since >= clearsAfterMs) isOpen = false;
      };
      for (const { ms, what } of steps) {
        now += ms;
        settle();
        if (what === "acknowledge") {
          alarm.tick(now);
          equal(alarm.acknowledge(), isOpen && !isKnown);
          isKnown ||= isOpen;
          continue;
        }
        if (what === "tick") alarm.tick(now);
        else {
          alarm.update(what === "true", now);
          if (isTrue !== (what === "true")) [isTrue, since] = [!isTrue, now];
          settle();
        }
        equal(alarm.state, isOpen ? isKnown ? "acknowledged" : "firing" : isTrue ? "pending" : "ok");
      }
      for (const [i, state] of states.entries()) ok(state !== states[i - 1], `${state} twice`);
    }),
    { numRuns: 1_000 },
  );
});
