/** The rule for an instrument that is lost and comes back. */
import { DeviceProcess, problemOf } from "../conformance/device_process.ts";
import { Blocked, failed, notApplicable, passed, type Rule, type RuleOutcome } from "../conformance/rule.ts";
import type { DriverUnderTest } from "../conformance/driver_under_test.ts";
import { requireConnection } from "./connecting.ts";
import { createdDevice } from "./creating.ts";
import { requireDeclaration } from "./declaration.ts";

/** Drops the instrument during a run, connects without it, and connects again after it came back. */
async function loss(driver: DriverUnderTest): Promise<RuleOutcome> {
  const { instrument, options, limits: { sampleMs } } = driver.input;
  if (!instrument) return notApplicable("the suite has no instrument to drop: pass a fake one");
  const { streamsBy } = await createdDevice(driver);
  await requireConnection(driver);
  const { permissions } = await requireDeclaration(driver);
  const streamSome = async (device: DeviceProcess) => {
    await device.connect();
    if (!streamsBy) return;
    await device.startStreaming(options);
    if (!await device.waitUntil(() => device.samples.length > 0, sampleMs)) {
      throw device.exitReason ?? device.runEnd?.error ?? new Error(`no sample came within ${sampleMs} ms`);
    }
  };
  try {
    await using device = await DeviceProcess.start(driver, permissions);
    await streamSome(device).catch(() => {
      throw new Blocked("it does not stream");
    });
    await instrument.drop();
    if (streamsBy) {
      await device.waitUntil(() => false, sampleMs);
      if (device.exitReason) return failed(`when the line broke, so did its process: ${problemOf(device.exitReason)}`);
      if (!device.runEnd) return failed(`${sampleMs} ms after the line broke, it had not thrown`);
      if (!device.runEnd.error) {
        return failed("when the line broke, the stream returned as if there were no more to come");
      }
    }
    const found = device.runEnd?.error?.message ?? "it connects again";
    await device.leave().catch(() => {});
    await using disconnected = await DeviceProcess.start(driver, permissions);
    if (await disconnected.connect().then(() => true, () => false)) {
      return failed("without an instrument, connect resolved");
    }
    await instrument.restore();
    if (await streamSome(disconnected).then(() => disconnected.leave()).then(() => true, () => false)) {
      return passed(found);
    }
    // A device need not connect again in the process in which it could not.
    await disconnected[Symbol.asyncDispose]();
    await using reconnected = await DeviceProcess.start(driver, permissions);
    const problem = await streamSome(reconnected).then(() => null, problemOf);
    if (problem) return failed(`when the instrument was back: ${problem}`);
    await reconnected.leave();
    return passed(found);
  } finally {
    await instrument.restore();
  }
}

/** The rules of an instrument that is lost and comes back. */
export const rules: Rule[] = [
  {
    name: "survives-loss",
    requirement: "When the instrument is lost, the stream throws; connect rejects until the instrument is back",
    reference: "lib/driver/contract.ts, DeviceFunctions.stream",
    check: (driver) => driver.once(loss),
  },
];
