/** Rules for `connect` and `disconnect`. */
import { DeviceProcess, problemOf } from "../conformance/device_process.ts";
import { Blocked, failed, notApplicable, passed, type Rule } from "../conformance/rule.ts";
import type { DriverUnderTest } from "../conformance/driver_under_test.ts";
import { requireDevice } from "./creating.ts";
import { requireDeclaration } from "./declaration.ts";

/**
 * Two connections, one after the other, and a `disconnect` without a connection. The first reads the properties. The second
 * calls `safe`, twice.
 */
async function connections(driver: DriverUnderTest) {
  await requireDevice(driver);
  const { permissions, description } = await requireDeclaration(driver);
  let properties = { read: 0, problems: [] as string[] };
  const read = async (device: DeviceProcess) => {
    if (!description.properties.some(({ readable }) => readable)) return;
    properties = await device.ask("properties", {}).catch((error) => ({ read: 0, problems: [problemOf(error)] }));
  };
  const attempt = async (action: (device: DeviceProcess) => Promise<unknown>) => {
    await using device = await DeviceProcess.start(driver, permissions);
    const problem = await action(device).then(() => null, problemOf);
    const disconnected = problem === null ? await device.leave().then(() => null, problemOf) : null;
    return { problem, disconnected };
  };
  let safe: string | null | undefined;
  const makeSafe = async (device: DeviceProcess) => {
    if (!device.hasSafe) return;
    safe = await device.makeSafe().then(() => device.makeSafe()).then(() => null, problemOf);
  };
  const first = await attempt((device) => device.connect().then(() => read(device)));
  const second = first.problem === null
    ? await attempt((device) => device.connect().then(() => makeSafe(device)))
    : first;
  const unopened = await attempt((device) => device.ask("disconnect", {}, driver.input.limits.stopMs));
  return { first, second, unopened, properties, safe };
}

/** @throws {Blocked} if the device does not connect and disconnect repeatedly. */
export async function requireConnection(driver: DriverUnderTest): Promise<void> {
  const { first, second } = await driver.once(connections);
  if (first.problem !== null || second.problem !== null) throw new Blocked("it does not connect");
  if (first.disconnected !== null) throw new Blocked("it does not disconnect");
}

export const rules: Rule[] = [
  {
    name: "connect",
    requirement: "connect opens the instrument within its limit, with the permissions that the driver asks for",
    reference: "lib/driver/contract.ts, DeviceFunctions.connect",
    async check(driver) {
      const { first } = await driver.once(connections);
      return first.problem === null ? passed("it is connected") : failed(first.problem);
    },
  },
  {
    name: "properties",
    requirement: "Each property with a get can be read while the device is connected, and its value fits its schema",
    reference: "lib/driver/property.ts, PropertyDefinition.get",
    async check(driver) {
      const { first, properties: { read, problems } } = await driver.once(connections);
      if (first.problem !== null) throw new Blocked("it does not connect");
      if (problems.length) return failed(problems.join("; "));
      return read ? passed(`${read} read; none was set`) : notApplicable("it has none that can be read");
    },
  },
  {
    name: "safe",
    requirement: "safe brings the instrument into its safe state within its limit, also if it is in it already",
    reference: "lib/driver/contract.ts, DeviceFunctions.safe",
    async check(driver) {
      const { first, second, safe } = await driver.once(connections);
      if (first.problem !== null || second.problem !== null) throw new Blocked("it does not connect");
      if (safe === undefined) return notApplicable("it has no safe function");
      return safe === null ? passed("twice, one after the other") : failed(safe);
    },
  },
  {
    name: "disconnect",
    requirement: "disconnect closes the instrument within its limit, also when there is nothing to close",
    reference: "lib/driver/contract.ts, DeviceFunctions.disconnect",
    async check(driver) {
      const { first, unopened } = await driver.once(connections);
      if (unopened.problem !== null) return failed(`without a connect before: ${unopened.problem}`);
      if (first.problem !== null) throw new Blocked("it does not connect");
      return first.disconnected === null ? passed("with and without a connect before") : failed(first.disconnected);
    },
  },
  {
    name: "connects-again",
    requirement: "After a disconnect, a new process connects to the same instrument",
    reference: "lib/driver/contract.ts, DeviceFunctions.disconnect",
    async check(driver) {
      const { first, second } = await driver.once(connections);
      if (first.problem !== null) throw new Blocked("it does not connect");
      if (first.disconnected !== null) throw new Blocked("it does not disconnect");
      const problem = second.problem ?? second.disconnected;
      return problem === null ? passed("twice, one after the other") : failed(`the second time: ${problem}`);
    },
  },
];
