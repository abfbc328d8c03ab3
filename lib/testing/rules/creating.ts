/** What `create` makes, and that it does no more. */
import { Life, problemOf } from "../life.ts";
import { Blocked, failed, notApplicable, passed, type Rule } from "../rule.ts";
import type { Trial } from "../trial.ts";
import { declaration } from "./declaration.ts";

/** Creates a device without what has effects outside, and looks at it. */
async function creation(trial: Trial) {
  const { permissions: { read, env, sys } } = await declaration(trial);
  try {
    await using life = await Life.begin(trial.subject, { read, env, sys });
    const device = await life.ask("device", {});
    const methods = await life.ask("methods", {});
    const left = await life.leave();
    return { device, methods, left };
  } catch (error) {
    return { failure: problemOf(error) };
  }
}

/** How the device streams; blocked if it could not be made. */
export async function created(trial: Trial) {
  const { device, left } = await trial.see(creation);
  if (!device || device.problems.length || left.length) throw new Blocked("create does not do what it should");
  return device;
}

export const rules: Rule[] = [
  {
    name: "create",
    says: "create makes a device, and does nothing else: no connection, no file, no process, no timer",
    where: "lib/driver/define_driver.ts, DriverDeclaration.create",
    async judge(trial) {
      const { device, left, failure } = await trial.see(creation);
      if (failure !== undefined) {
        return failed(`${failure} (create runs without net, write, run and ffi: what needs them belongs into connect)`);
      }
      if (device.problems.length) return failed(device.problems.join("; "));
      return left.length
        ? failed(`it leaves behind ${left.join(", ")}`)
        : passed("its process ends by itself right after");
    },
  },
  {
    name: "methods",
    says: "Methods refuse keys that they do not know, and values of another type",
    where: "lib/driver/contract.ts, MethodDefinition.input",
    async judge(trial) {
      const { methods } = await trial.see(creation);
      if (!methods) throw new Blocked("create does not do what it should");
      if (methods.problems.length) return failed(methods.problems.join("; "));
      return methods.count ? passed(`${methods.count} by their schemas; none was run`) : notApplicable("it has none");
    },
  },
];
