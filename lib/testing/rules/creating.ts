/** Rules for `create`, and for the methods of the device. */
import { permissionFlags } from "../../host/permissions.ts";
import { DeviceProcess, problemOf } from "../conformance/device_process.ts";
import { Blocked, failed, notApplicable, passed, type Rule } from "../conformance/rule.ts";
import type { DriverUnderTest } from "../conformance/driver_under_test.ts";
import { requireDeclaration } from "./declaration.ts";

/** Creates a device without the permissions that have effects outside its process. */
async function creation(driver: DriverUnderTest) {
  const { permissions: { read, env, sys }, device: inspected } = await requireDeclaration(driver);
  // If it asks for none of these, the process that has read the declaration is used.
  const isAlike = !permissionFlags({ read, env, sys }).length;
  try {
    await using process = isAlike ? inspected : await DeviceProcess.load(driver, { read, env, sys });
    await process.create();
    const device = await process.ask("device", {});
    const methods = await process.ask("methods", {});
    const leftovers = await process.leave();
    return { device, methods, leftovers };
  } catch (error) {
    return { failure: problemOf(error) };
  }
}

/**
 * The device as the probe describes it.
 *
 * @throws {Blocked} if `create` breaks its rule.
 */
export async function createdDevice(driver: DriverUnderTest) {
  const { device, leftovers } = await driver.once(creation);
  if (!device || device.problems.length || leftovers.length) throw new Blocked("create does not do what it should");
  return device;
}

/** The rules of `create`. */
export const rules: Rule[] = [
  {
    name: "create",
    requirement: "create returns a device, and does nothing else: no connection, no file, no process, no timer",
    reference: "lib/driver/driver_declaration.ts, DriverDeclaration.create",
    async check(driver) {
      const { device, leftovers, failure } = await driver.once(creation);
      if (failure !== undefined) {
        return failed(`${failure} (create runs without net, write, run and ffi: what needs them belongs into connect)`);
      }
      if (device.problems.length) return failed(device.problems.join("; "));
      return leftovers.length
        ? failed(`it leaves behind ${leftovers.join(", ")}`)
        : passed("its process ends by itself right after");
    },
  },
  {
    name: "methods",
    requirement: "Methods refuse keys that they do not know, and values of another type",
    reference: "lib/driver/method.ts, MethodDefinition.input",
    async check(driver) {
      const { methods } = await driver.once(creation);
      if (!methods) throw new Blocked("create does not do what it should");
      if (methods.problems.length) return failed(methods.problems.join("; "));
      return methods.count ? passed(`${methods.count} by their schemas; none was run`) : notApplicable("it has none");
    },
  },
];
