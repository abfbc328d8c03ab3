/** Rules for runs of the stream, started and stopped as the daemon does. */
import { DeviceProcess } from "../conformance/device_process.ts";
import { Blocked, failed, notApplicable, passed, type Rule, type RuleOutcome } from "../conformance/rule.ts";
import type { DriverUnderTest } from "../conformance/driver_under_test.ts";
import { isAboutSample, isRateKept, type MeasuredRun, type RunSeries, runSeries } from "../conformance/run_series.ts";
import { TOLERANCE } from "../conformance/sample_rate.ts";
import { requireConnection } from "./connecting.ts";
import { createdDevice } from "./creating.ts";
import { requireDeclaration } from "./declaration.ts";

/** The runs of the first connection, or those of a process of their own. */
export async function runs(driver: DriverUnderTest): Promise<RunSeries> {
  const { streamsBy } = await createdDevice(driver);
  const { runs } = await requireConnection(driver);
  if (runs) return runs;
  const { permissions, rates } = await requireDeclaration(driver);
  await using device = await DeviceProcess.start(driver, permissions);
  await device.connect();
  return await runSeries(device, { streamsBy, rates }, driver.input);
}

/** @throws {Blocked} if the device does not stream. */
async function requireRuns(driver: DriverUnderTest) {
  const facts = await driver.once(runs);
  if (!facts.streamsBy) throw new Blocked("it does not stream");
  const { samples = { count: 0, mismatch: null, notSerializable: null } } = facts;
  return { ...facts, samples, first: facts.made[0] };
}

/** The rules of streaming, as the daemon does it. */
export const rules: Rule[] = [
  {
    name: "streams",
    requirement: "A run yields samples until it is stopped, and does not fail",
    reference: "lib/driver/contract.ts, DeviceFunctions.stream",
    async check(driver): Promise<RuleOutcome> {
      const { made, first, samples } = await requireRuns(driver);
      const broke = made.find(({ broke = "" }) => broke && !isAboutSample(broke))?.broke;
      if (first.startFailed || broke) return failed(first.startFailed ?? broke!);
      if (samples.count > 0 || first.count > 0) return passed(`${samples.count} samples in ${made.length} runs`);
      if (first.stopFailed) throw new Blocked("it does not stop");
      if (first.finished) return failed("the stream ended before its first sample");
      return failed(`no sample came within ${driver.input.limits.sampleMs} ms`);
    },
  },
  {
    name: "streams-again",
    requirement: "Starting twice is one run, stopping twice is one stop, and the next run yields samples again",
    reference: "lib/driver/contract.ts, DeviceFunctions.stream",
    async check(driver) {
      const { made: [first, second] } = await requireRuns(driver);
      if (!second) throw new Blocked("its first run failed");
      if (second.startFailed) return failed(`the second run does not start: ${second.startFailed}`);
      return second.count
        ? passed(`${first.count} samples, then ${second.count}`)
        : failed("the second run gave no sample");
    },
  },
  {
    name: "stops",
    requirement: "A run has ended within its limit after its stop",
    reference: "lib/driver/contract.ts, DeviceFunctions.stopStreaming",
    async check(driver) {
      const { made } = await requireRuns(driver);
      const slow = made.find(({ stopFailed }) => stopFailed);
      if (slow) return failed(slow.stopFailed!);
      const stops = made.filter(({ startFailed, broke }) => !startFailed && !broke).length;
      if (!stops) throw new Blocked("no run lasted until its stop");
      return passed(`${stops} runs, each within ${driver.input.limits.stopMs} ms`);
    },
  },
  {
    name: "sample-rate",
    requirement: `The option sample_rate is the rate of its samples, within ${100 * TOLERANCE} %`,
    reference: "lib/driver/contract.ts, DeviceFunctions.stream",
    async check(driver) {
      const { description, rates } = await requireDeclaration(driver);
      const { made } = await requireRuns(driver);
      if (!Object.hasOwn(description.options.properties ?? {}, "sample_rate")) {
        return notApplicable("it has no option sample_rate");
      }
      if (!rates.length) return notApplicable("it allows no rate from 1 to 10000 Hz, which the suite can measure");
      const byRate = Map.groupBy(made.filter(({ rate }) => rate !== undefined), ({ rate }) => rate!);
      if (!byRate.size) throw new Blocked("its runs ended too early");
      const rateResults = Array.from(byRate, ([rate, tries]) => `${rate} Hz asked, ${found(tries.at(-1)!)} found`).join(
        "; ",
      );
      return [...byRate.values()].every((tries) => isRateKept(tries.at(-1)!))
        ? passed(rateResults)
        : failed(rateResults);
    },
  },
  {
    name: "sample-schema",
    requirement: "Samples match the schema that the driver declares",
    reference: "lib/driver/contract.ts, Driver.sample",
    async check(driver) {
      const { description } = await requireDeclaration(driver);
      const { samples } = await requireRuns(driver);
      if (!description.sample) return notApplicable("it declares no schema");
      if (samples.mismatch) return failed(samples.mismatch);
      if (!samples.count || samples.notSerializable) throw new Blocked("no sample arrived");
      return passed(`${samples.count} samples fit`);
    },
  },
  {
    name: "sample-json",
    requirement: "Samples can be encoded as JSON",
    reference: "lib/stream/encode.ts, encodeJson",
    async check(driver) {
      const { samples } = await requireRuns(driver);
      if (samples.notSerializable) return failed(samples.notSerializable);
      return samples.count ? passed(`${samples.count} samples`) : notApplicable("no sample arrived");
    },
  },
];

function found({ measured }: MeasuredRun): string {
  return measured === undefined ? "too few samples" : `${Number(measured.toPrecision(3))} Hz`;
}
