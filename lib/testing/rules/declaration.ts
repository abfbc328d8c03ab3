/** What can be known of a driver without making a device of it. */
import { fileName } from "../../registry/list_driver_files.ts";
import type { DriverDescription, Permissions } from "../../wire/driver.ts";
import { grantPermissions, permissionFlags } from "../../host/permissions.ts";
import { messageOf } from "../../errors.ts";
import { IGNORE_EVENTS } from "../../host/host.ts";
import { ProcessHost } from "../../host/process_host.ts";
import { LOAD_MS, problemOf } from "../life.ts";
import { Blocked, failed, notApplicable, passed, type Rule } from "../rule.ts";
import type { Trial } from "../trial.ts";

/** A key that nobody has. */
const TYPO = { no_such_key_: 1 };

/** Asks a process without permissions what the driver says of itself. */
async function inspection({ subject: { file, params, options } }: Trial) {
  const host = new ProcessHost({ name: fileName(file), folder: new URL("./", file) }, IGNORE_EVENTS);
  const checkParams = (params: unknown, attempt = "") => host.request("check_params", { params, attempt }, { attempt });
  const checkOptions = (options: unknown, attempt = "") =>
    host.request("check_options", { options, attempt }, { attempt }).then(() => null, messageOf);
  try {
    const attempt = `Cannot load ${fileName(file)}`;
    const loading = host.request("load", { file: file.href }, { attempt, limit: LOAD_MS });
    const loaded = await loading.catch(problemOf);
    if (typeof loaded === "string") return { loadFailed: loaded };
    const checked = await checkParams(params, "It refuses the params").catch((error) => ({
      // What is not about the params is the driver's own failure, in permissions(params).
      [error.code === "InvalidRequest" ? "refused" : "askFailed"]: problemOf(error),
    } as { refused?: string; askFailed?: string }));
    const { sample_rate } = (loaded.options.properties ?? {}) as { sample_rate?: { default?: number } };
    const rates = [];
    for (const rate of sample_rate ? ratesToTry(Number(options.sample_rate ?? sample_rate.default ?? 1)) : []) {
      if (await checkOptions({ ...options, sample_rate: rate }) === null) rates.push(rate);
    }
    return {
      description: loaded,
      checked,
      options: await checkOptions(options, "It refuses the options"),
      paramTypo: await checkParams({ ...params, ...TYPO }).then(() => null, messageOf),
      optionTypo: await checkOptions({ ...options, ...TYPO }),
      rates,
    };
  } finally {
    await host.close();
  }
}

/** The rate that was asked for, or its default; another; and, should that be slow, some that take no minutes. */
function ratesToTry(rate: number): number[] {
  return [...new Set([rate, 2 * rate, rate / 2, 10, 20, 5, 2, 1])].filter((rate) => rate >= 1 && rate <= 10_000);
}

/** What is known of a driver that may be tried. */
export interface Declaration {
  description: DriverDescription;
  permissions: Permissions;
  /** Rates of streaming that its options allow. */
  rates: number[];
}

/** What the driver says of itself; blocked if a device cannot be made from that. */
export async function declaration(trial: Trial): Promise<Declaration> {
  const seen = await trial.see(inspection);
  if (seen.loadFailed !== undefined) throw new Blocked("it does not load");
  const { description, checked, rates, options } = seen;
  if ("refused" in checked || options !== null) throw new Blocked("it refuses its params or options");
  try {
    if (!("permissions" in checked)) throw checked;
    const permissions = grantPermissions(checked.permissions);
    permissionFlags(permissions);
    return { description, permissions, rates };
  } catch {
    throw new Blocked("the permissions that it asks for are none");
  }
}

export const rules: Rule[] = [
  {
    name: "loads",
    says: "A process without permissions imports it and reads its schemas",
    where: "lib/driver/contract.ts, Driver",
    async judge(trial) {
      const { loadFailed, description } = await trial.see(inspection);
      return description ? passed(`it is ${description.name}`) : failed(loadFailed);
    },
  },
  {
    name: "params",
    says: "It takes the params given, and refuses a key that it does not know",
    where: "lib/driver/define_driver.ts, DriverDeclaration.params",
    async judge(trial) {
      const { description, checked, paramTypo } = await trial.see(inspection);
      if (!description) throw new Blocked("it does not load");
      if ("refused" in checked) return failed(checked.refused!);
      return paramTypo ? passed(paramTypo.replace(/^: /, "")) : failed("it takes params that it does not know");
    },
  },
  {
    name: "options",
    says: "It takes the options given, and refuses a key that it does not know",
    where: "lib/driver/define_driver.ts, DriverDeclaration.options",
    async judge(trial) {
      const { description, options, optionTypo } = await trial.see(inspection);
      if (!description) throw new Blocked("it does not load");
      if (options) return failed(options);
      return optionTypo ? passed(optionTypo.replace(/^: /, "")) : failed("it takes options that it does not know");
    },
  },
  {
    name: "permissions",
    says: "The permissions that it asks for exist, and asking takes none",
    where: "lib/driver/define_driver.ts, DriverDeclaration.permissions",
    async judge(trial) {
      const { description, checked } = await trial.see(inspection);
      if (!description) throw new Blocked("it does not load");
      if ("refused" in checked) return notApplicable("it refuses the params");
      if (!("permissions" in checked)) return failed(checked.askFailed!);
      try {
        const flags = permissionFlags(grantPermissions(checked.permissions));
        return passed(flags.join(" ") || "it asks for nothing");
      } catch (error) {
        return failed(messageOf(error));
      }
    },
  },
];
