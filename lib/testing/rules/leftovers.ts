/** The rule for what remains after `disconnect`. */
import { Blocked, failed, passed, type Rule } from "../conformance/rule.ts";
import { runs } from "./streaming.ts";

/** The rules of what remains after `disconnect`. */
export const rules: Rule[] = [
  {
    name: "leaves-nothing",
    requirement: "After disconnect no timer, no socket and no child process is left, and the process ends by itself",
    reference: "lib/driver/contract.ts, DeviceFunctions.disconnect",
    async check(driver) {
      const { leftovers } = await driver.once(runs);
      if (leftovers === undefined) throw new Blocked("it does not stop, or its process has ended");
      if (typeof leftovers === "string") throw new Blocked("it does not disconnect");
      return leftovers.length
        ? failed(`it leaves behind ${leftovers.join(", ")}`)
        : passed("its process ended by itself");
    },
  },
];
