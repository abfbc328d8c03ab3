/** Opening and closing the instrument. */
import { Life, problemOf } from "../life.ts";
import { Blocked, failed, passed, type Rule } from "../rule.ts";
import type { Trial } from "../trial.ts";
import { created } from "./creating.ts";
import { declaration } from "./declaration.ts";

/** Two lives, one after the other, and one that never connects. */
async function connections(trial: Trial) {
  await created(trial);
  const { permissions } = await declaration(trial);
  const attempt = async (what: (life: Life) => Promise<unknown>) => {
    await using life = await Life.begin(trial.subject, permissions);
    const problem = await what(life).then(() => null, problemOf);
    const disconnected = problem === null ? await life.leave().then(() => null, problemOf) : null;
    return { problem, disconnected };
  };
  const first = await attempt((life) => life.connect());
  const second = first.problem === null ? await attempt((life) => life.connect()) : first;
  const unopened = await attempt((life) => life.ask("disconnect", {}, trial.subject.patience.stop));
  return { first, second, unopened };
}

/** Blocked if the device does not connect and disconnect as often as one likes. */
export async function connected(trial: Trial): Promise<void> {
  const { first, second } = await trial.see(connections);
  if (first.problem !== null || second.problem !== null) throw new Blocked("it does not connect");
  if (first.disconnected !== null) throw new Blocked("it does not disconnect");
}

export const rules: Rule[] = [
  {
    name: "connect",
    says: "connect opens the instrument within its limit, with the permissions that the driver asks for",
    where: "lib/driver/contract.ts, DeviceFunctions.connect",
    async judge(trial) {
      const { first } = await trial.see(connections);
      return first.problem === null ? passed("it is connected") : failed(first.problem);
    },
  },
  {
    name: "disconnect",
    says: "disconnect closes the instrument within its limit, and does no harm when there is nothing to close",
    where: "lib/driver/contract.ts, DeviceFunctions.disconnect",
    async judge(trial) {
      const { first, unopened } = await trial.see(connections);
      if (unopened.problem !== null) return failed(`without a connect before: ${unopened.problem}`);
      if (first.problem !== null) throw new Blocked("it does not connect");
      return first.disconnected === null ? passed("with and without a connect before") : failed(first.disconnected);
    },
  },
  {
    name: "connects-again",
    says: "After a disconnect, a new process connects to the same instrument",
    where: "lib/driver/contract.ts, To connect again, the host begins at 1 with a new process",
    async judge(trial) {
      const { first, second } = await trial.see(connections);
      if (first.problem !== null) throw new Blocked("it does not connect");
      if (first.disconnected !== null) throw new Blocked("it does not disconnect");
      const problem = second.problem ?? second.disconnected;
      return problem === null ? passed("twice, one after the other") : failed(`the second time: ${problem}`);
    },
  },
];
