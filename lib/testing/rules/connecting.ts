/** Rules for `connect` and `disconnect`. */
import { DeviceProcess, problemOf } from "../conformance/device_process.ts";
import { isClean, type OwnRun, ownRun } from "../conformance/own_run.ts";
import { Blocked, failed, notApplicable, passed, type Rule } from "../conformance/rule.ts";
import type { DriverUnderTest } from "../conformance/driver_under_test.ts";
import { isFaultless, type RunSeries, runSeries } from "../conformance/run_series.ts";
import { createdDevice } from "./creating.ts";
import { requireDeclaration } from "./declaration.ts";

/** The outcome of one connection: `null` for each part that succeeded. */
interface Attempt {
  problem: string | null;
  disconnected: string | null;
}

const WELL: Attempt = { problem: null, disconnected: null };

/**
 * Two connections, one after the other, and a `disconnect` without a connection. The first connection reads the
 * properties and makes the daemon's runs. The second makes the driver's own run, and calls `safe` twice. After a
 * failure, each part is observed again in a process of its own: an earlier part may have caused the failure.
 */
async function connections(driver: DriverUnderTest) {
  const { streamsBy } = await createdDevice(driver);
  const { permissions } = await requireDeclaration(driver);
  const attempt = async (action: (device: DeviceProcess) => Promise<unknown>): Promise<Attempt> => {
    await using device = await DeviceProcess.start(driver, permissions);
    const problem = await action(device).then(() => null, problemOf);
    const disconnected = problem === null ? await device.leave().then(() => null, problemOf) : null;
    return { problem, disconnected };
  };
  const { problem, properties, runs } = await firstConnection(driver);
  // If it did not disconnect after the runs, a connection without runs shows if it can.
  const first = problem === null && !Array.isArray(runs?.leftovers)
    ? await attempt((device) => device.connect().then(() => readProperties(device, driver)))
    : { problem, disconnected: null };
  const isPure = properties === NONE_READ || runs && isFaultless(runs);
  const facts = { first, properties, runs: isPure ? runs : undefined };
  let safe: string | null | undefined;
  const makeSafe = async (device: DeviceProcess) => {
    if (!device.hasSafe) return;
    safe = await device.makeSafe().then(() => device.makeSafe()).then(() => null, problemOf);
  };
  const disconnect = (device: DeviceProcess) => device.ask("disconnect", {}, driver.input.limits.stopMs);
  let run: OwnRun | undefined;
  const all = async (device: DeviceProcess) => {
    await disconnect(device);
    await device.connect();
    if (streamsBy === "stream" || streamsBy === "push") {
      run = await ownRun(device, streamsBy, driver);
      if (!isClean(run)) throw new Error("its own run failed");
    }
    await makeSafe(device);
    if (safe) throw new Error(safe);
  };
  if (first.problem === null) {
    const { problem, disconnected } = await attempt(all);
    if (problem === null && disconnected === null) return { ...facts, second: WELL, unopened: WELL, safe, run };
  }
  safe = undefined;
  const second = first.problem === null
    ? await attempt((device) => device.connect().then(() => makeSafe(device)))
    : first;
  return { ...facts, second, unopened: await attempt(disconnect), safe, run: undefined };
}

/** Connects, reads the properties, makes the runs of the daemon and disconnects. */
async function firstConnection(driver: DriverUnderTest) {
  const { streamsBy } = await createdDevice(driver);
  const { permissions, rates } = await requireDeclaration(driver);
  await using device = await DeviceProcess.start(driver, permissions);
  const problem = await device.connect().then(() => null, problemOf);
  if (problem !== null) return { problem, properties: NONE_READ };
  const properties = await readProperties(device, driver);
  return { problem, properties, runs: await runSeries(device, { streamsBy, rates }, driver.input) };
}

const NONE_READ = { read: 0, problems: [] as string[] };

async function readProperties(device: DeviceProcess, driver: DriverUnderTest): Promise<typeof NONE_READ> {
  const { description } = await requireDeclaration(driver);
  if (!description.properties.some(({ readable }) => readable)) return NONE_READ;
  return await device.ask("properties", {}).catch((error) => ({ read: 0, problems: [problemOf(error)] }));
}

/**
 * The runs of the first connection, unless reading the properties may have made them fail; and the driver's own run, if
 * the second connection succeeded.
 *
 * @throws {Blocked} if the device does not connect and disconnect repeatedly.
 */
export async function requireConnection(driver: DriverUnderTest): Promise<{ runs?: RunSeries; run?: OwnRun }> {
  const { first, second, runs, run } = await driver.once(connections);
  if (first.problem !== null || second.problem !== null) throw new Blocked("it does not connect");
  if (first.disconnected !== null) throw new Blocked("it does not disconnect");
  return { runs, run };
}

/** The rules of `connect` and `disconnect`. */
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
