import { deepStrictEqual as equal } from "node:assert/strict";
import type { EventFields } from "./event_fields.ts";

/** Received and lost, one after the other, make up all numbers; returns how many were lost. */
export function assertNothingIsLostSilently(events: readonly EventFields[]): number {
  let next: number | undefined;
  let lost = 0;
  for (const { event, sequence, from, to } of events) {
    if (event === "device_data") {
      equal(sequence, next ?? sequence);
      next = sequence! + 1;
    } else if (event === "gap") {
      equal(from, next ?? from);
      lost += Number(to) - Number(from) + 1;
      next = Number(to) + 1;
    }
  }
  return lost;
}
