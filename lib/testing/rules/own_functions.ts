/** The driver's own streaming functions, without the host that covers for them. */
import { Life, problemOf } from "../life.ts";
import { Blocked, failed, notApplicable, passed, type Rule } from "../rule.ts";
import type { Trial } from "../trial.ts";
import { connected } from "./connecting.ts";
import { created } from "./creating.ts";
import { declaration } from "./declaration.ts";

/** One run of the device's `stream`, or of its three methods. */
async function ownRun(trial: Trial) {
  const { streamsBy } = await created(trial);
  if (streamsBy !== "stream" && streamsBy !== "push") return { streamsBy };
  await connected(trial);
  const { permissions } = await declaration(trial);
  const { options, patience: { sample, stop } } = trial.subject;
  await using life = await Life.begin(trial.subject, permissions);
  await life.connect();
  const limits = { options: await defaulted(life, options), sample, stop };
  const most = sample + 2 * stop + 5_000;
  try {
    if (streamsBy === "stream") return { streamsBy, signal: await life.ask("signal", limits, most) };
    return { streamsBy, push: await life.ask("push", limits, most) };
  } catch (error) {
    return { streamsBy, failure: problemOf(error) };
  }
}

/** The options as the driver gets them: validated, with defaults. */
async function defaulted(life: Life, options: Record<string, unknown>) {
  return await life.request("check_options", { options, attempt: "It refuses the options" }, "check the options");
}

/** The run of the three methods, or what there is to say without one. */
async function pushed(trial: Trial) {
  const { streamsBy, push, failure } = await trial.see(ownRun);
  if (streamsBy !== "push") throw new Blocked("the host itself runs the loop");
  if (!push) throw new Blocked(`it does not stream: ${failure}`);
  return push;
}

export const rules: Rule[] = [
  {
    name: "ends-on-signal",
    says: "stream returns when its signal aborts, without being told otherwise",
    where: "lib/driver/contract.ts, DeviceFunctions.stream",
    async judge(trial) {
      const { streamsBy, signal, failure } = await trial.see(ownRun);
      if (streamsBy !== "stream") return notApplicable(streamsBy ? "it has no stream function" : "it does not stream");
      if (!signal) throw new Blocked(`it does not stream: ${failure}`);
      if (signal.endedBefore) return notApplicable("it ended before");
      if (signal.ended) return passed(signal.after ? "with the sample that was on its way" : "at once");
      if (signal.after > 1) return failed(`it went on: ${signal.after} samples came after the signal had aborted`);
      return failed(`it waited on for more than ${trial.subject.patience.stop} ms after the signal had aborted`);
    },
  },
  {
    name: "is-streaming",
    says: "isStreaming is true exactly as long as the push runs",
    where: "lib/driver/contract.ts, DeviceFunctions.isStreaming",
    async judge(trial) {
      const { said: { before, during, after }, stopFailed } = await pushed(trial);
      if (before !== false) return failed(`before the start it says ${before}`);
      if (during !== true) return failed(`while samples come it says ${during}`);
      if (stopFailed) throw new Blocked("it does not stop");
      if (after !== false) return failed(`after the stop it says ${after}`);
      return passed("false, true, false");
    },
  },
  {
    name: "silent-after-stop",
    says: "After stopStreaming has resolved, no sample comes",
    where: "lib/driver/contract.ts, DeviceFunctions.stopStreaming",
    async judge(trial) {
      const { lateSamples, stopFailed } = await pushed(trial);
      if (stopFailed) throw new Blocked("it does not stop");
      return lateSamples ? failed(`${lateSamples} samples came after it`) : passed("none came");
    },
  },
];
