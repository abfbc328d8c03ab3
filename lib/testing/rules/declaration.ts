/** Rules for the declarations of a driver. They need no device. */
import { grantPermissions } from "../../host/grants.ts";
import { permissionFlags } from "../../host/permissions.ts";
import { fileName } from "../../registry/files/list_driver_files.ts";
import { isPython } from "../../registry/files/list_imports.ts";
import type { DriverDescription, Permissions } from "../../wire/driver.ts";
import { messageOf } from "../../errors.ts";
import { IGNORE_EVENTS } from "../../host/host.ts";
import { openProcess } from "../../host/driver_process.ts";
import { DeviceProcess, LOAD_MS, problemOf, startable } from "../conformance/device_process.ts";
import { Blocked, failed, notApplicable, passed, type Rule } from "../conformance/rule.ts";
import type { DriverUnderTest } from "../conformance/driver_under_test.ts";

/** A key that no schema has. */
const UNKNOWN_KEY = { no_such_key_: 1 };

/** Reads the declaration in a process without permissions, which stays open. */
async function inspection(driver: DriverUnderTest) {
  const { params, options } = driver.input;
  const device = await DeviceProcess.load(driver, {}).catch(problemOf);
  if (typeof device === "string") return { loadFailed: await problemWithoutProbe(driver) ?? device };
  driver.defer(device);
  const { description } = device;
  if (!description) return { loadFailed: "its process does not describe it" };
  const checkParams = (params: unknown, attempt = "") =>
    device.request("check_params", { params, attempt }, "check the params");
  const checkOptions = (options: unknown, attempt = "") =>
    device.request("check_options", { options, attempt }, "check the options").then(() => null, messageOf);
  const checked = await checkParams(params, "It refuses the params").catch((error) => ({
    // An error of another code, or about a kind of permission, comes from the driver's permissions(params).
    [error.code === "InvalidRequest" && !error.context.kind ? "refused" : "askFailed"]: problemOf(error),
  } as { refused?: string; askFailed?: string }));
  const { sample_rate } = (description.options.properties ?? {}) as { sample_rate?: { default?: number } };
  const rates = [];
  for (const rate of sample_rate ? ratesToTry(Number(options.sample_rate ?? sample_rate.default ?? 1)) : []) {
    if (await checkOptions({ ...options, sample_rate: rate }) === null) rates.push(rate);
  }
  return {
    device,
    description,
    checked,
    options: await checkOptions(options, "It refuses the options"),
    unknownParam: await checkParams({ ...params, ...UNKNOWN_KEY }).then(() => null, messageOf),
    unknownOption: await checkOptions({ ...options, ...UNKNOWN_KEY }),
    rates,
  };
}

/** The problem of loading the driver as the daemon does. */
async function problemWithoutProbe(driver: DriverUnderTest): Promise<string | null> {
  const { file } = driver.input;
  const host = openProcess({ name: fileName(file), ...await driver.once(startable) }, IGNORE_EVENTS);
  try {
    const attempt = `Cannot load ${fileName(file)}`;
    return await host.request("load", { file: file.href }, { attempt, limitMs: LOAD_MS }).then(() => null, problemOf);
  } finally {
    await host.close();
  }
}

/** The requested rate, another one, and some that are fast enough to measure in case these are slow. */
function ratesToTry(rate: number): number[] {
  return [...new Set([rate, 2 * rate, rate / 2, 10, 20, 5, 2, 1])].filter((rate) => rate >= 1 && rate <= 10_000);
}

/** The declaration of a driver whose device can be created. */
interface Declaration {
  description: DriverDescription;
  permissions: Permissions;
  /** The values of `sample_rate` to measure, in hertz. */
  rates: number[];
  /** The process that has read the declaration. It has no permissions. */
  device: DeviceProcess;
}

/** @throws {Blocked} if no device can be created from the declaration. */
export async function requireDeclaration(driver: DriverUnderTest): Promise<Declaration> {
  const facts = await driver.once(inspection);
  if (facts.loadFailed !== undefined) throw new Blocked("it does not load");
  const { description, checked, rates, options, device } = facts;
  if ("refused" in checked || options !== null) throw new Blocked("it refuses its params or options");
  try {
    if (!("permissions" in checked)) throw checked;
    const permissions = grantPermissions(checked.permissions);
    permissionFlags(permissions);
    return { description, permissions, rates, device };
  } catch {
    throw new Blocked("the permissions that it requests do not exist");
  }
}

/** The rules of a driver's file and its declaration. */
export const rules: Rule[] = [
  {
    name: "loads",
    requirement: "A process without permissions imports it and reads its schemas",
    reference: "lib/driver/contract.ts, Driver",
    async check(driver) {
      const { loadFailed, description } = await driver.once(inspection);
      return description ? passed(`it is ${description.name}`) : failed(loadFailed);
    },
  },
  {
    name: "params",
    requirement: "It takes the params given, and refuses a key that it does not know",
    reference: "lib/driver/driver_declaration.ts, DriverDeclaration.params",
    async check(driver) {
      const { description, checked, unknownParam } = await driver.once(inspection);
      if (!description) throw new Blocked("it does not load");
      if ("refused" in checked) return failed(checked.refused!);
      if (unknownParam) return passed(unknownParam.replace(/^: /, ""));
      // A class of a library may declare that it takes any key. Its constructor may still refuse one at `create`.
      const { additionalProperties } = description.params as { additionalProperties?: unknown };
      if (isPython(driver.input.file) && additionalProperties !== false) {
        return passed("note: a misspelt param is not noticed, since its constructor takes any by **kwargs");
      }
      return failed("it takes params that it does not know");
    },
  },
  {
    name: "options",
    requirement: "It takes the options given, and refuses a key that it does not know",
    reference: "lib/driver/driver_declaration.ts, DriverDeclaration.options",
    async check(driver) {
      const { description, options, unknownOption } = await driver.once(inspection);
      if (!description) throw new Blocked("it does not load");
      if (options) return failed(options);
      return unknownOption
        ? passed(unknownOption.replace(/^: /, ""))
        : failed("it takes options that it does not know");
    },
  },
  {
    name: "permissions",
    requirement: "The permissions that it requests exist, and permissions(params) itself needs none",
    reference: "lib/driver/driver_declaration.ts, DriverDeclaration.permissions",
    async check(driver) {
      const { description, checked } = await driver.once(inspection);
      if (!description) throw new Blocked("it does not load");
      if ("refused" in checked) return notApplicable("it refuses the params");
      if (!("permissions" in checked)) return failed(checked.askFailed!);
      try {
        const granted = grantPermissions(checked.permissions);
        const { serial = [] } = granted;
        const ports = serial === true ? ["all serial ports"] : serial.map((port) => `serial port ${port}`);
        return passed([...permissionFlags(granted), ...ports].join(" ") || "it requests none");
      } catch (error) {
        return failed(messageOf(error));
      }
    },
  },
];
