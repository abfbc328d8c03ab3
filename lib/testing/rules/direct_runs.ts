/** Rules for the driver's own streaming functions, called without the host's safeguards. */
import { DeviceProcess, problemOf } from "../conformance/device_process.ts";
import { Blocked, failed, notApplicable, passed, type Rule } from "../conformance/rule.ts";
import type { DriverUnderTest } from "../conformance/driver_under_test.ts";
import { requireConnection } from "./connecting.ts";
import { requireDevice } from "./creating.ts";
import { requireDeclaration } from "./declaration.ts";

/** One run of the device's `stream`, or of its three methods. */
async function ownRun(driver: DriverUnderTest) {
  const { streamsBy } = await requireDevice(driver);
  if (streamsBy !== "stream" && streamsBy !== "push") return { streamsBy };
  await requireConnection(driver);
  const { permissions } = await requireDeclaration(driver);
  const { options, limits: { sampleMs, stopMs } } = driver.input;
  await using device = await DeviceProcess.start(driver, permissions);
  await device.connect();
  const input = { options: await withDefaults(device, options), sampleMs, stopMs };
  const limitMs = sampleMs + 2 * stopMs + 5_000;
  try {
    if (streamsBy === "stream") return { streamsBy, signal: await device.ask("signal", input, limitMs) };
    return { streamsBy, push: await device.ask("push", input, limitMs) };
  } catch (error) {
    return { streamsBy, failure: problemOf(error) };
  }
}

/** The options as the driver gets them: validated, with defaults. */
async function withDefaults(device: DeviceProcess, options: Record<string, unknown>) {
  return await device.request("check_options", { options, attempt: "It refuses the options" }, "check the options");
}

/**
 * The run of `startStreaming` and `stopStreaming`.
 *
 * @throws {Blocked} if the device does not push, or did not run.
 */
async function requirePush(driver: DriverUnderTest) {
  const { streamsBy, push, failure } = await driver.once(ownRun);
  if (streamsBy !== "push") throw new Blocked("the host runs the loop");
  if (!push) throw new Blocked(`it does not stream: ${failure}`);
  return push;
}

export const rules: Rule[] = [
  {
    name: "ends-on-signal",
    requirement: "stream returns when its signal aborts",
    reference: "lib/driver/contract.ts, DeviceFunctions.stream",
    async check(driver) {
      const { streamsBy, signal, failure } = await driver.once(ownRun);
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
