import { deepStrictEqual as equal } from "node:assert/strict";
import { serveBench } from "../support/served_bench.ts";

Deno.test("a clock that is set in a driver's process is an event at its place, and no sample is missing", async () => {
  const bench = `
devices:
  - { id: late1, driver: ClockSetter, params: { step: 259200 } }
  - { id: early1, driver: ClockSetter, params: { step: -0.5 } }
`;
  await using served = await serveBench(bench, { drivers: ["clock_setter.ts"] });
  for (const [id, step] of [["late1", 259_200], ["early1", -0.5]] as const) {
    await using reader = await served.open(`/stream/devices/${id}`);
    await reader.next(({ sequence }) => sequence === 12);
    const last = reader.events.findIndex(({ sequence }) => sequence === 12);
    const events = reader.events.slice(0, last + 1).filter(({ event }) => event !== "device_state");
    const samples = Array.from({ length: 13 }, (_, i) => i);
    equal(
      events.map(({ event, sequence }) => sequence ?? event),
      [...samples.slice(0, 5), "clock", ...samples.slice(5, 10), "clock", ...samples.slice(10)],
    );
    const steps = events.filter(({ event }) => event === "clock").map(({ step }) => Math.round(Number(step) * 10) / 10);
    equal(steps, [step, -step]);
  }
});
