/** The tasks that LabDaemon ships. */
import { deepStrictEqual as equal, match, rejects } from "node:assert/strict";
import { readChannel } from "../../lib/task/mod.ts";
import Monitor from "../../tasks/monitor.ts";
import Scan from "../../tasks/scan.ts";
import Sequence from "../../tasks/sequence.ts";
import { taskBench } from "../support/task_bench.ts";
import { until } from "../support/until.ts";

Deno.test("Scan sets a property over a range, there and back, reads channels, and returns to a value", async () => {
  await using bench = await taskBench([Scan]);
  const params = {
    ...{ set: "psu1", property: "voltage", from: 0, to: 2, points: 3, repeats: 2, snake: true, finally: 9 },
    read: ["psu1.voltage", "psu1.measure()", "psu2"],
  };
  const task = await bench.start({ task_type: "Scan", params });
  await task.setParameter("settle", 0);
  const { status, result, steps, exception } = await bench.ended(task);
  equal({ status, result, exception, done: steps.done }, {
    ...{ status: "completed", result: { points: 6 }, exception: null, done: 7 },
  });
  equal(bench.calls, [0, 1, 2, 2, 1, 0, 9].map((value) => `set ${value}`));
  const { rows } = await task.store.readData(0);
  equal(rows.map(({ step }) => step)[5], "point 3 of scan 2");
  const [{ data }] = rows.slice(-2) as { data: Record<string, unknown> }[];
  equal([data.x, data["psu1.voltage"], data["psu1.measure()"], typeof data.psu2], [1, 1, 1, "number"]);
});

Deno.test("Scan of one point, and with a wrong channel, which is refused before anything is set", async () => {
  await using bench = await taskBench([Scan]);
  const params = { set: "psu1", property: "voltage", from: 4, points: 1 };
  const one = await bench.start({ task_type: "Scan", params });
  await one.setParameter("settle", 0);
  equal((await bench.ended(one)).status, "completed");
  equal(bench.calls, ["set 4"]);
  const wrong = bench.start({ task_type: "Scan", task_id: "wrong", params: { ...params, read: ["psu1.a.b"] } });
  await rejects(wrong, { message: /Cannot read the channel "psu1.a.b": expected device.property/ });
  equal(bench.calls, ["set 4"]);
});

Deno.test("Monitor makes devices safe when a channel is beyond its limit, and ends by itself", async () => {
  await using bench = await taskBench([Monitor]);
  const task = await bench.start({ task_type: "Monitor", params: { watch: "psu2", above: 5, safe: ["psu1"] } });
  equal([task.deviceIds, bench.daemon.getDevice("psu2").status().owned_by], [["psu1"], null]);
  const { result, status, log } = await bench.ended(task);
  const { beyond, value, limit } = result as Record<string, unknown>;
  equal([status, beyond, limit, (value as number) > 5], ["completed", true, "above 5", true]);
  equal(bench.calls, ["safe"]);
  match(log.map(({ text }) => text).join("\n"), /note: psu2 is \d+, above 5/);
});

Deno.test("Monitor is cancelled also while its device is silent", async () => {
  await using bench = await taskBench([Monitor]);
  await bench.daemon.getDevice("psu2").disconnect();
  const task = await bench.start({ task_type: "Monitor", params: { watch: "psu2", below: -1 } });
  await task.cancel();
  equal((await bench.ended(task)).status, "cancelled");
});

Deno.test("Sequence does the steps of a YAML text, those of a repetition again, and asks a person", async () => {
  await using bench = await taskBench([Sequence]);
  const steps = `
- set: psu1.voltage
  to: 3
- repeat: 2
  steps:
    - read: [psu1.voltage, psu1.measure()]
    - wait: 0
- call: psu1.measure
  with: { factor: 2 }
- ask: Is the sample in?
- safe: psu2
- note: done
`;
  const task = await bench.start({ task_type: "Sequence", params: { steps } });
  equal([...task.deviceIds].sort(), ["psu1", "psu2"]);
  await until("its question", () => task.status().question?.text === "Is the sample in?");
  task.answer("yes", "bob");
  const { status, exception, steps: { done } } = await bench.ended(task);
  equal([status, exception, done], ["completed", null, 9]);
  equal(bench.calls, ["set 3", "safe"]);
  equal(bench.notes, ["task1: done"]);
  const { rows } = await task.store.readData(0);
  equal(
    rows.map(({ step, data }) => [step, data]),
    [1, 2].map((n) => [
      `step 2.${n}.1`,
      { "psu1.voltage": 3, "psu1.measure()": 3 },
    ]),
  );
});

Deno.test("Sequence refuses steps that it does not know, with their place", async () => {
  await using bench = await taskBench([Sequence]);
  const start = (steps: string) => bench.start({ task_type: "Sequence", params: { steps } });
  const wrong = [
    ["- wait: 1\n- jump: 3\n", 'steps[1]: expected one of set/to, .*, repeat/steps, found {"jump":3}'],
    ["- {}", "steps[0]: expected one of set/to, .*, found {}"],
    ["x", 'steps: expected a YAML list of steps, found "x"'],
    ["- wait: [", "steps: expected a YAML list of steps: .*at line 1, column"],
    ["- wait: -1", "steps[0].wait: expected at least 0, found -1"],
    ["- wait: 1\n  wiat: 2", "steps[0].wiat: unknown key"],
    ["- set: psu1", "steps[0].set: expected device.name"],
    ["- read: 5", "steps[0].read: expected a channel, or a list of channels"],
    [
      "- note: a\n- repeat: 2\n  steps: [{ wait: 1 }, { wait: now }]",
      "steps[1].steps[1].wait: expected a number, found a text",
    ],
    ["- repeat: 2", "steps[0].steps: missing; expected a list"],
  ];
  for (const [steps, message] of wrong) {
    const pattern = new RegExp(`: ${message.replace(/[[\]{}]/g, "\\$&")}`);
    await rejects(start(steps), { code: "InvalidRequest", message: pattern });
  }
});

Deno.test("a channel names a property, a method, a sample or a value in it", async () => {
  const device = (id: string) => ({
    get: (name: string) => Promise.resolve(`${id}.${name}`),
    call: (name: string) => Promise.resolve(`${id}.${name}()`),
    async *stream() {
      yield { payload: { a: [1, 2] } };
    },
  });
  const context = { device } as unknown as Parameters<typeof readChannel>[0];
  const read = (channel: string) => readChannel(context, channel);
  equal(await read("psu1.v"), "psu1.v");
  equal(await read("psu1.v()"), "psu1.v()");
  equal(await read("daq1"), { a: [1, 2] });
  equal(await read("daq1:a.1"), 2);
  await rejects(read("daq1:b"), { message: 'Cannot read "daq1:b": the sample has no b' });
});
