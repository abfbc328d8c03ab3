import { asLabError, type LabError } from "../errors.ts";
import type { DriverSource } from "./driver_source.ts";
import type { Device } from "../device/device.ts";
import { type Plan, planDevice, type PlanInput } from "../device/plan.ts";
import { DEFAULT_RESTART } from "../device/policy.ts";

/**
 * Stands where a driver should be that could not be used, so that its device is there to see: whoever connects it is
 * told why it cannot be.
 */
export class FailedDriver implements DriverSource {
  readonly description;
  readonly error: LabError;
  /** Whether its device is to be connected when it comes to life. */
  readonly connect: boolean;

  constructor(name: string, error: LabError, { connect = true } = {}) {
    this.description = { name, summary: "", params: {}, options: {}, sample: null, methods: [], permissions: null };
    this.error = error;
    this.connect = connect;
  }

  /** The plan of a device that cannot be made: its first try is its last. */
  plan(input: PlanInput): Plan {
    const restart = { ...DEFAULT_RESTART, maxRestarts: 0 };
    return { source: this, params: input.params, permissions: {}, input, restart };
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
 * Brings a device to life whose driver could not be used, if it can be now. If it cannot for another reason than before,
 * the device says so. Does nothing to a device that lives.
 *
 * @param find Finds the driver of a type, or throws.
 */
export async function revive(
  device: Device,
  find: (type: string, attempt: string) => DriverSource,
): Promise<void> {
  const { source: failed, input } = device.plan;
  if (!(failed instanceof FailedDriver)) return;
  const { description: { name }, error, connect } = failed;
  const attempt = `Cannot add device "${device.id}"`;
  try {
    const plan = await planDevice(find(name, attempt), input, attempt);
    if (!connect) await device.disconnect();
    device.replacePlan(plan);
  } catch (thrown) {
    const reason = asLabError(thrown, "InternalError");
    if (reason.message !== error.message) device.replacePlan(new FailedDriver(name, reason, { connect }).plan(input));
  }
}
