/** What is left when everything is closed. */
import { Blocked, failed, passed, type Rule } from "../rule.ts";
import { runs } from "./streaming.ts";

export const rules: Rule[] = [
  {
    name: "leaves-nothing",
    says: "After disconnect no timer, no socket and no child process is left, and the process ends by itself",
    where: "lib/driver/contract.ts, DeviceFunctions.disconnect",
    async judge(trial) {
      const { left } = await trial.see(runs);
      if (left === undefined) throw new Blocked("it does not stop, or its process is gone");
      if (typeof left === "string") throw new Blocked("it does not disconnect");
      return left.length ? failed(`it leaves behind ${left.join(", ")}`) : passed("its process ended by itself");
    },
  },
];
