import { deepStrictEqual as equal, match } from "node:assert/strict";
import { adviceFor } from "../../../lib/cli/ctl/doctor/advice.ts";
import { diagnose } from "../../../lib/cli/ctl/doctor/diagnose.ts";
import { fail } from "../../support/scripted_driver.ts";
import { fakeTime } from "../../support/time.ts";
import { webBench } from "../../support/web_bench.ts";
import { ctl } from "./ctl_bench.ts";

const FACTS = { notReady: [], clockOffsetMs: 0, drivers: [], devices: [] };

Deno.test("ctl doctor on a bench that works finds nothing, and exits with 0", async () => {
  await using bench = await webBench();
  await bench.device.connect();
  equal(await ctl(bench.app, ["doctor"]), { code: 0, out: "Nothing is wrong: 1 devices, 1 drivers\n", err: "" });
});

Deno.test("ctl doctor shows an absent instrument with what to do, and exits with 1", async () => {
  using time = fakeTime();
  await using bench = await webBench();
  bench.instrument.next("connect", fail("no answer from the instrument"));
  await bench.device.connect().catch(() => {});
  equal(await ctl(bench.app, ["doctor"]), {
    code: 1,
    out: "daq1 (instrument): no answer from the instrument\n  → Check its power, its cable and its settings\n",
    err: "1 found to be wrong\n",
  });
  await time.tick(0);
});

Deno.test("ctl doctor of a device that was connected again and again names its last error", async () => {
  await using bench = await webBench();
  await bench.device.connect();
  const status = bench.device.status();
  const last_error = {
    type: "ConnectionReset",
    message: "reset",
    origin: "device" as const,
    timestamp: "",
    context: {},
  };
  const [finding] = diagnose({ ...FACTS, devices: [{ ...status, restarts: 9, last_error }] });
  equal([finding.culprit, finding.found], ["instrument", "reset (connected again 9 times)"]);
  equal(diagnose({ ...FACTS, devices: [{ ...status, restarts: 1, last_error }] }), []);
});

Deno.test("ctl doctor names a clock that is off, and what the daemon's machine lacks", () => {
  const [shell, clock] = diagnose({ ...FACTS, notReady: ["/bin/sh is missing"], clockOffsetMs: -61_000 });
  equal([shell.subject, shell.culprit, shell.found], ["daemon", "machine", "/bin/sh is missing"]);
  equal([clock.culprit, clock.found], ["machine", "Its clock is 61 s behind this machine's"]);
});

for (
  const [type, message, culprit, remedy] of [
    ["EACCES", "Cannot open the serial port /dev/ttyUSB0: Permission denied", "machine", /dialout/],
    ["EBUSY", "Cannot open the serial port /dev/ttyUSB0: Device or resource busy", "machine", /other program/],
    ["InternalError", "The request failed by a defect", "daemon", /Report/],
    ["Unavailable", "no file descriptors are left", "machine", /the message/],
  ] as const
) {
  Deno.test(`adviceFor() ${type} names the ${culprit}`, () => {
    const advice = adviceFor({ type, message, origin: "device", timestamp: "", context: {} });
    equal(advice.culprit, culprit);
    match(advice.remedy, remedy);
  });
}
