/** Rules for runs of the stream, started and stopped as the daemon does. */
import { DeviceProcess, problemOf } from "../conformance/device_process.ts";
import { Blocked, failed, notApplicable, type Outcome, passed, type Rule } from "../conformance/rule.ts";
import type { DriverUnderTest } from "../conformance/driver_under_test.ts";
import { requireConnection } from "./connecting.ts";
import { requireDevice } from "./creating.ts";
import { requireDeclaration } from "./declaration.ts";
import { MAX_RATE_ATTEMPTS, meanRate, samplesFor, TOLERANCE } from "./sample_rate.ts";

/** One run, from its start to its stop. */
interface Run {
  rate?: number;
  count: number;
  /** Samples per second, by their timestamps. */
  measured?: number;
  startFailed?: string;
  /** The error with which the run ended before its stop. */
  broke?: string;
  /** True if the stream returned before its stop. */
  finished?: boolean;
  stopFailed?: string;
}

/** Runs of one device: twice the same, then at two rates. The first failure ends the series. */
export async function runs(driver: DriverUnderTest) {
  const { streamsBy } = await requireDevice(driver);
  await requireConnection(driver);
  const { permissions, rates } = await requireDeclaration(driver);
  const { options, limits } = driver.input;
  const made: Run[] = [];
  await using device = await DeviceProcess.start(driver, permissions);
  await device.connect();

  /** True if the series may continue. */
  const run = async (rate: number | undefined, enough: number, ms: number): Promise<boolean> => {
    const result: Run = { rate, count: 0 };
    made.push(result);
    const asked = rate === undefined ? options : { ...options, sample_rate: rate };
    try {
      await device.startStreaming(asked);
      // The second start changes nothing.
      if (made.length === 1) await device.request("start", { options: asked }, "start streaming again");
    } catch (error) {
      result.startFailed = problemOf(device.exitReason ?? error);
      return false;
    }
    await device.waitUntil(() => device.samples.length >= 1, limits.sampleMs);
    if (device.samples.length) await device.waitUntil(() => device.samples.length >= enough, ms);
    try {
      await device.stopStreaming();
      await device.stopStreaming();
    } catch (error) {
      if (!device.exitReason) result.stopFailed = problemOf(error);
    }
    result.count = device.samples.length;
    result.measured = meanRate(device.samples);
    const broke = device.exitReason ?? device.runEnd?.error;
    if (broke) result.broke = problemOf(broke);
    result.finished = device.runEnd?.error === null;
    return result.count > 0 && !result.broke && !result.stopFailed;
  };

  const attempts = async () => {
    if (!streamsBy) return;
    for (const _ of [1, 2]) if (!await run(undefined, 2, 1_000)) return;
    for (const rate of rates.slice(0, 2)) {
      for (let attempt = 1; attempt <= MAX_RATE_ATTEMPTS; attempt++) {
        const enough = samplesFor(rate);
        if (!await run(rate, enough, 2_000 * enough / rate)) return;
        // A busy machine may need another attempt.
        if (isRateKept(made.at(-1)!)) break;
        if (attempt === MAX_RATE_ATTEMPTS) return;
      }
    }
  };
  await attempts();
  const samples = device.exitReason ? undefined : await device.ask("samples", {}, limits.stopMs).catch(() => undefined);
  const stopped = !device.exitReason && made.every(({ stopFailed }) => !stopFailed);
  const leftovers = stopped ? await device.leave().catch(problemOf) : undefined;
  return { streamsBy, made, samples, leftovers };
}

/** @throws {Blocked} if the device does not stream. */
async function requireRuns(driver: DriverUnderTest) {
  const facts = await driver.once(runs);
  if (!facts.streamsBy) throw new Blocked("it does not stream");
  const { samples = { count: 0, mismatch: null, notSerializable: null } } = facts;
  return { ...facts, samples, first: facts.made[0] };
}

/** True for the error of a sample that cannot be encoded; the rule sample-json reports it. */
const isAboutSample = (broke: string) => broke.startsWith("NotSerializable");

export const rules: Rule[] = [
  {
    name: "streams",
    requirement: "A run yields samples until it is stopped, and does not fail",
    reference: "lib/driver/contract.ts, DeviceFunctions.stream",
    async check(driver): Promise<Outcome> {
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

/** True if the measured rate is the requested one. */
function isRateKept({ rate, measured = 0 }: Run): boolean {
  return rate !== undefined && Math.abs(measured / rate - 1) <= TOLERANCE;
}

function found({ measured }: Run): string {
  return measured === undefined ? "too few samples" : `${Number(measured.toPrecision(3))} Hz`;
}
