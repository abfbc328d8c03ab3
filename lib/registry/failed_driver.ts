import { asLabError, type LabError, listed } from "../errors.ts";
import type { DriverStatus } from "../wire/driver.ts";
import type { DriverSource } from "./driver_source.ts";
import { type DriverUser, type Plan, planDevice, type PlanInput } from "./plan.ts";

/**
 * The source of a device whose driver cannot be used. The device is on the bench and visible; each attempt to connect it
 * fails with the reason.
 */
export class FailedDriver implements DriverSource {
  readonly description;
  readonly error: LabError;
  /** True if the device is to be connected as soon as its driver can be used. */
  readonly connect: boolean;

  constructor(name: string, error: LabError, { connect = true } = {}) {
    const nothing = { params: {}, options: {}, sample: null, methods: [], properties: [], permissions: null };
    this.description = { name, summary: "", ...nothing };
    this.error = error;
    this.connect = connect;
  }

  /** The plan of a device that cannot be made. */
  plan(input: PlanInput): Plan {
    return { source: this, params: input.params, permissions: {}, input, noRetry: true };
  }

  checkParams(params: unknown) {
    return Promise.resolve({ params: params as Record<string, unknown>, permissions: {} });
  }

  checkOptions(options: unknown) {
    return Promise.resolve(options as Record<string, unknown>);
  }

  open() {
    return Promise.reject(this.error);
  }

  close() {
    return Promise.resolve();
  }
}

/**
 * Replaces the plan of a user whose driver failed, if its driver can be used now. If that fails for another reason than
 * before, the user gets that reason. Does nothing to a user of a driver that works.
 *
 * @param find Finds the driver of a type, or throws.
 */
export async function retryFailed(
  user: DriverUser,
  find: (type: string, attempt: string) => DriverSource,
): Promise<void> {
  const { source: failed, input } = user.plan;
  if (!(failed instanceof FailedDriver)) return;
  const { description: { name }, error, connect } = failed;
  const attempt = `Cannot add device "${user.id}"`;
  try {
    const plan = await planDevice(find(name, attempt), input, attempt);
    if (user.plan.source !== failed) return;
    if (!connect) await user.disconnect();
    user.replacePlan(plan);
  } catch (thrown) {
    const reason = asLabError(thrown, "InternalError");
    const isNew = user.plan.source === failed && reason.message !== error.message;
    if (isNew) user.replacePlan(new FailedDriver(name, reason, { connect }).plan(input));
  }
}

/** The reasons that are quoted for a driver that is not there. */
const MAX_REASONS = 3;

/** True while a driver that is not there may come: some files still load. */
export function mayCome(all: readonly DriverStatus[]): boolean {
  return all.some(({ status, error }) => status === "failed" && error?.type === "DriverStillLoads");
}

/**
 * The reason why there is no driver. While files load, any of them may have the driver, so the words are the same for
 * all devices.
 */
export function whyNoDriver(all: readonly DriverStatus[]): string {
  if (mayCome(all)) return " yet: some driver files still load";
  const failed = all.filter(({ status }) => status === "failed");
  const known = listed(all.filter(({ status }) => status === "loaded").map(({ name }) => name ?? ""));
  const reasons = failed.slice(0, MAX_REASONS).map(({ file, error }) => `${file}: ${error?.message}`);
  const others = listed(failed.slice(MAX_REASONS).map(({ file }) => file ?? ""));
  const notLoaded = failed.length > MAX_REASONS ? [...reasons, `and ${others}`] : reasons;
  return `; known types are ${known}${notLoaded.length > 0 ? `. Not loaded: ${notLoaded.join("; ")}` : ""}`;
}
