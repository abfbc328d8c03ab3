import { LabError, listed, shortened } from "../errors.ts";
import type { Limits } from "./policy.ts";
import type { Supervisor } from "./supervisor.ts";

/** One call of a method: its name, its positional and its named arguments. */
export interface MethodCall {
  method: string;
  args: unknown[];
  kwargs: Record<string, unknown>;
}

/**
 * Calls a method of a device's driver. What the driver fails with becomes the device's last error.
 *
 * @returns the result; from a driver's process as `EncodedJson`.
 */
export async function callMethod(
  deviceId: string,
  supervisor: Supervisor,
  { callMs: limitMs, stopMs: graceMs }: Limits,
  call: MethodCall,
): Promise<unknown> {
  const name = shortened(call.method);
  const attempt = `Cannot call "${name}" on "${deviceId}"`;
  const context = { device_id: deviceId, method: name };
  if (call.method.startsWith("_")) {
    throw new LabError("InvalidRequest", `${attempt}: names that begin with _ are private`, { context });
  }
  const { methods } = supervisor.desired.plan.source.description;
  if (!methods.some(({ name }) => name === call.method)) {
    const known = listed(methods.map(({ name }) => name));
    const message = `${attempt}: there is no such method; known methods are ${known}`;
    throw new LabError("MethodNotFound", message, { context });
  }
  return await supervisor.request("call", { ...call }, { attempt, limitMs, graceMs });
}
