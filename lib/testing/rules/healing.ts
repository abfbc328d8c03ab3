/** What a driver does without its instrument. */
import { Life, problemOf } from "../life.ts";
import { Blocked, failed, notApplicable, passed, type Rule, type Verdict } from "../rule.ts";
import type { Trial } from "../trial.ts";
import { connected } from "./connecting.ts";
import { created } from "./creating.ts";
import { declaration } from "./declaration.ts";

/** Pulls the cable while it streams, looks for the instrument while it is gone, and puts the cable back. */
async function loss(trial: Trial): Promise<Verdict> {
  const { instrument, options, patience } = trial.subject;
  if (!instrument) return notApplicable("there is no instrument that the suite could drop: give it a fake one");
  const { streamsBy } = await created(trial);
  await connected(trial);
  const { permissions } = await declaration(trial);
  const streamSome = async (life: Life) => {
    await life.connect();
    if (!streamsBy) return;
    await life.start(options);
    if (!await life.until(() => life.samples.length > 0, patience.sample)) {
      throw life.gone ?? life.ended?.error ?? new Error(`no sample came within ${patience.sample} ms`);
    }
  };
  try {
    await using life = await Life.begin(trial.subject, permissions);
    await streamSome(life).catch(() => {
      throw new Blocked("it does not stream");
    });
    await instrument.drop();
    if (streamsBy) {
      await life.until(() => false, patience.sample);
      if (life.gone) return failed(`when the line broke, so did its process: ${problemOf(life.gone)}`);
      if (!life.ended) return failed(`${patience.sample} ms after the line broke, it had not thrown`);
      if (!life.ended.error) return failed("when the line broke, the stream returned as if there were no more to come");
    }
    const told = life.ended?.error?.message ?? "it connects again";
    await life.leave().catch(() => {});
    await using orphan = await Life.begin(trial.subject, permissions);
    if (await orphan.connect().then(() => true, () => false)) return failed("without an instrument, connect resolved");
    await instrument.comeBack();
    await using healed = await Life.begin(trial.subject, permissions);
    const problem = await streamSome(healed).then(() => null, problemOf);
    if (problem) return failed(`when the instrument was back: ${problem}`);
    await healed.leave();
    return passed(told);
  } finally {
    await instrument.comeBack();
  }
}

export const rules: Rule[] = [
  {
    name: "survives-loss",
    says: "When its instrument is lost it throws, connect rejects while it is gone, and works when it is back",
    where: "lib/driver/contract.ts, Whatever throws, at any point, ends this life",
    judge: (trial) => trial.see(loss),
  },
];
