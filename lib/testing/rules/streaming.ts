/** Runs of the stream, started and stopped as a daemon does. */
import { Life, problemOf } from "../life.ts";
import { Blocked, failed, notApplicable, passed, type Rule, type Verdict } from "../rule.ts";
import type { Trial } from "../trial.ts";
import { connected } from "./connecting.ts";
import { created } from "./creating.ts";
import { declaration } from "./declaration.ts";
import { meanRate, RATE_ATTEMPTS, samplesFor, TOLERANCE } from "./rate.ts";

/** One run, from its start to its stop. */
interface Run {
  rate?: number;
  count: number;
  /** Samples a second, as their timestamps tell. */
  measured?: number;
  startFailed?: string;
  /** It was over though nobody had stopped it, with an error. */
  broke?: string;
  /** It had no more to give, and said so. */
  finished?: boolean;
  stopFailed?: string;
}

/** Some runs in one life: twice the same, then at two rates. What goes wrong ends the life. */
export async function runs(trial: Trial) {
  const { streamsBy } = await created(trial);
  await connected(trial);
  const { permissions, rates } = await declaration(trial);
  const { options, patience } = trial.subject;
  const made: Run[] = [];
  await using life = await Life.begin(trial.subject, permissions);
  await life.connect();

  /** Whether the life may go on. */
  const run = async (rate: number | undefined, enough: number, ms: number): Promise<boolean> => {
    const result: Run = { rate, count: 0 };
    made.push(result);
    const asked = rate === undefined ? options : { ...options, sample_rate: rate };
    try {
      await life.start(asked);
      // The second start changes nothing.
      if (made.length === 1) await life.request("start", { options: asked }, "start streaming again");
    } catch (error) {
      result.startFailed = problemOf(life.gone ?? error);
      return false;
    }
    await life.until(() => life.samples.length >= 1, patience.sample);
    if (life.samples.length) await life.until(() => life.samples.length >= enough, ms);
    try {
      await life.stop();
      await life.stop();
    } catch (error) {
      if (!life.gone) result.stopFailed = problemOf(error);
    }
    result.count = life.samples.length;
    result.measured = meanRate(life.samples);
    const broke = life.gone ?? life.ended?.error;
    if (broke) result.broke = problemOf(broke);
    result.finished = life.ended?.error === null;
    return result.count > 0 && !result.broke && !result.stopFailed;
  };

  const attempts = async () => {
    if (!streamsBy) return;
    for (const _ of [1, 2]) if (!await run(undefined, 2, 1_000)) return;
    for (const rate of rates.slice(0, 2)) {
      for (let attempt = 1; attempt <= RATE_ATTEMPTS; attempt++) {
        const enough = samplesFor(rate);
        if (!await run(rate, enough, 2_000 * enough / rate)) return;
        // A busy machine gets another try.
        if (isRight(made.at(-1)!)) break;
        if (attempt === RATE_ATTEMPTS) return;
      }
    }
  };
  await attempts();
  const samples = life.gone ? undefined : await life.ask("samples", {}, patience.stop).catch(() => undefined);
  const stopped = !life.gone && made.every(({ stopFailed }) => !stopFailed);
  const left = stopped ? await life.leave().catch(problemOf) : undefined;
  return { streamsBy, made, samples, left };
}

/** The runs; blocked if there are none to judge. */
async function streamed(trial: Trial) {
  const seen = await trial.see(runs);
  if (!seen.streamsBy) throw new Blocked("it does not stream");
  const { samples = { count: 0, mismatch: null, notSerializable: null } } = seen;
  return { ...seen, samples, first: seen.made[0] };
}

/** Whether a run ended over a sample that another rule tells about. */
const isAboutSample = (broke: string) => broke.startsWith("NotSerializable");

export const rules: Rule[] = [
  {
    name: "streams",
    says: "A run gives samples until it is stopped, and breaks by no fault of the driver",
    where: "lib/driver/contract.ts, DeviceFunctions.stream",
    async judge(trial): Promise<Verdict> {
      const { made, first, samples } = await streamed(trial);
      const broke = made.find(({ broke = "" }) => broke && !isAboutSample(broke))?.broke;
      if (first.startFailed || broke) return failed(first.startFailed ?? broke!);
      if (samples.count > 0 || first.count > 0) return passed(`${samples.count} samples in ${made.length} runs`);
      if (first.stopFailed) throw new Blocked("it does not stop");
      if (first.finished) return failed("the stream ended before its first sample");
      return failed(`no sample came within ${trial.subject.patience.sample} ms`);
    },
  },
  {
    name: "streams-again",
    says: "Starting twice is one run, stopping twice is one stop, and after it the next run gives samples, too",
    where: "lib/driver/contract.ts, Streaming starts and stops as often as somebody wants it",
    async judge(trial) {
      const { made: [first, second] } = await streamed(trial);
      if (!second) throw new Blocked("its first run did not end as it should");
      if (second.startFailed) return failed(`the second run does not start: ${second.startFailed}`);
      return second.count
        ? passed(`${first.count} samples, then ${second.count}`)
        : failed("the second run gave no sample");
    },
  },
  {
    name: "stops",
    says: "A run has ended within its limit after its stop",
    where: "lib/driver/contract.ts, DeviceFunctions.stopStreaming",
    async judge(trial) {
      const { made } = await streamed(trial);
      const slow = made.find(({ stopFailed }) => stopFailed);
      if (slow) return failed(slow.stopFailed!);
      const stops = made.filter(({ startFailed, broke }) => !startFailed && !broke).length;
      if (!stops) throw new Blocked("no run lasted until its stop");
      return passed(`${stops} runs, each within ${trial.subject.patience.stop} ms`);
    },
  },
  {
    name: "sample-rate",
    says: `The option sample_rate is the rate of its samples, within ${100 * TOLERANCE} %`,
    where: "lib/driver/contract.ts, DeviceFunctions.stream",
    async judge(trial) {
      const { description, rates } = await declaration(trial);
      const { made } = await streamed(trial);
      if (!Object.hasOwn(description.options.properties ?? {}, "sample_rate")) {
        return notApplicable("it has no option sample_rate");
      }
      if (!rates.length) return notApplicable("it allows no rate from 1 to 10000 Hz: there is no waiting for it");
      const byRate = Map.groupBy(made.filter(({ rate }) => rate !== undefined), ({ rate }) => rate!);
      if (!byRate.size) throw new Blocked("its runs are over too early");
      const told = Array.from(byRate, ([rate, tries]) => `${rate} Hz asked, ${found(tries.at(-1)!)} found`).join("; ");
      return [...byRate.values()].every((tries) => isRight(tries.at(-1)!)) ? passed(told) : failed(told);
    },
  },
  {
    name: "sample-schema",
    says: "Samples are what the driver says they are",
    where: "lib/driver/contract.ts, Driver.sample",
    async judge(trial) {
      const { description } = await declaration(trial);
      const { samples } = await streamed(trial);
      if (!description.sample) return notApplicable("it does not say");
      if (samples.mismatch) return failed(samples.mismatch);
      if (!samples.count || samples.notSerializable) throw new Blocked("no sample arrived");
      return passed(`${samples.count} samples fit`);
    },
  },
  {
    name: "sample-json",
    says: "Samples can be written down as JSON",
    where: "lib/stream/encode.ts, Anything a driver yields or returns, as JSON text",
    async judge(trial) {
      const { samples } = await streamed(trial);
      if (samples.notSerializable) return failed(samples.notSerializable);
      return samples.count ? passed(`${samples.count} samples`) : notApplicable("no sample arrived");
    },
  },
];

/** Whether its samples came at the rate that was asked for. */
function isRight({ rate, measured = 0 }: Run): boolean {
  return rate !== undefined && Math.abs(measured / rate - 1) <= TOLERANCE;
}

function found({ measured }: Run): string {
  return measured === undefined ? "too few samples" : `${Number(measured.toPrecision(3))} Hz`;
}
