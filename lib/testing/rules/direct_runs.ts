/** Rules for the driver's own streaming functions, called without the host's safeguards. */
import { DeviceProcess } from "../conformance/device_process.ts";
import { type OwnRun, ownRun } from "../conformance/own_run.ts";
import { Blocked, failed, notApplicable, passed, type Rule } from "../conformance/rule.ts";
import type { DriverUnderTest } from "../conformance/driver_under_test.ts";
import { requireConnection } from "./connecting.ts";
import { createdDevice } from "./creating.ts";
import { requireDeclaration } from "./declaration.ts";

/** The run of {@linkcode ownRun} that went well on a connection, or another one in a process of its own. */
async function observedRun(driver: DriverUnderTest): Promise<OwnRun> {
  const { streamsBy } = await createdDevice(driver);
  if (streamsBy !== "stream" && streamsBy !== "push") return { streamsBy };
  const { run } = await requireConnection(driver);
  if (run) return run;
  const { permissions } = await requireDeclaration(driver);
  await using device = await DeviceProcess.start(driver, permissions);
  await device.connect();
  return await ownRun(device, streamsBy, driver);
}

/**
 * The run of `startStreaming` and `stopStreaming`.
 *
 * @throws {Blocked} if the device does not push, or did not run.
 */
async function requirePush(driver: DriverUnderTest) {
  const { streamsBy, push, failure } = await driver.once(observedRun);
  if (streamsBy !== "push") throw new Blocked("the host runs the loop");
  if (!push) throw new Blocked(`it does not stream: ${failure}`);
  return push;
}

/** The rules of streaming that are checked without the daemon's loop. */
export const rules: Rule[] = [
  {
    name: "ends-on-signal",
    requirement: "stream returns when its signal aborts",
    reference: "lib/driver/contract.ts, DeviceFunctions.stream",
    async check(driver) {
      const { streamsBy, signal, failure } = await driver.once(observedRun);
      if (streamsBy !== "stream") return notApplicable(streamsBy ? "it has no stream function" : "it does not stream");
      if (!signal) throw new Blocked(`it does not stream: ${failure}`);
      if (signal.endedBefore) return notApplicable("it ended before");
      if (signal.ended) return passed(signal.after ? "with the sample that was in transit" : "at once");
      if (signal.after > 1) return failed(`it continued: ${signal.after} samples came after the signal had aborted`);
      return failed(`it still waited ${driver.input.limits.stopMs} ms after the signal had aborted`);
    },
  },
  {
    name: "is-streaming",
    requirement: "isStreaming is true exactly as long as the push runs",
    reference: "lib/driver/contract.ts, DeviceFunctions.isStreaming",
    async check(driver) {
      const { isStreamingWas: { before, during, after }, stopFailed } = await requirePush(driver);
      if (before !== false) return failed(`before the start it says ${before}`);
      if (during !== true) return failed(`while samples come it says ${during}`);
      if (stopFailed) throw new Blocked("it does not stop");
      if (after !== false) return failed(`after the stop it says ${after}`);
      return passed("false, true, false");
    },
  },
  {
    name: "silent-after-stop",
    requirement: "After stopStreaming has resolved, no sample comes",
    reference: "lib/driver/contract.ts, DeviceFunctions.stopStreaming",
    async check(driver) {
      const { lateSamples, stopFailed } = await requirePush(driver);
      if (stopFailed) throw new Blocked("it does not stop");
      return lateSamples ? failed(`${lateSamples} samples came after it`) : passed("none came");
    },
  },
];
