import type { Questions } from "../probe/main.ts";
import { type DeviceProcess, problemOf } from "./device_process.ts";
import type { CheckInput } from "./driver_under_test.ts";
import { MAX_RATE_ATTEMPTS, meanRate, samplesFor, TOLERANCE } from "./sample_rate.ts";

/** One run, from its start to its stop. */
export interface MeasuredRun {
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

type StreamsBy = Questions["device"][1]["streamsBy"];

/** The runs of one connection, and what its process left behind. */
export interface RunSeries {
  streamsBy: StreamsBy;
  made: MeasuredRun[];
  samples?: Questions["samples"][1];
  /** The problem of `disconnect` is a text. Absent if a run did not stop or the process has ended. */
  leftovers?: string[] | string;
}

/**
 * Runs of a connected device, as the daemon starts and stops them: twice the same, then at two rates. The first failure ends
 * the series. Then the device is disconnected, if it has stopped.
 */
export async function runSeries(
  device: DeviceProcess,
  { streamsBy, rates }: { streamsBy: StreamsBy; rates: number[] },
  { options, limits }: CheckInput,
): Promise<RunSeries> {
  const made: MeasuredRun[] = [];

  /** True if the series may continue. */
  const run = async (rate: number | undefined, enough: number, ms: number): Promise<boolean> => {
    const result: MeasuredRun = { rate, count: 0 };
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

/** True for a series in which no rule finds a fault. */
export function isFaultless({ streamsBy, made, samples, leftovers }: RunSeries): boolean {
  const isGood = ({ count, broke, startFailed }: MeasuredRun) => count > 0 && !broke && !startFailed;
  const rates = Map.groupBy(made.filter(({ rate }) => rate !== undefined), ({ rate }) => rate);
  return leftovers?.length === 0 && made.every(isGood) && (!streamsBy || made.length > 1) &&
    rates.values().every((tries) => isRateKept(tries.at(-1)!)) &&
    samples !== undefined && !samples.mismatch && !samples.notSerializable;
}

/** True if the measured rate is the requested one. */
export function isRateKept({ rate, measured = 0 }: MeasuredRun): boolean {
  return rate !== undefined && Math.abs(measured / rate - 1) <= TOLERANCE;
}

/** True for the error of a sample that cannot be encoded; the rule sample-json reports it. */
export const isAboutSample = (broke: string) => broke.startsWith("NotSerializable");
