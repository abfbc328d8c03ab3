import { LabError, listed, shortened } from "../errors.ts";
import { paramsSchema } from "../registry/plan.ts";
import { maskSecretsIn } from "../registry/secrets.ts";
import { requestFailureSource } from "./failure_source.ts";
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
  const { plan } = supervisor.desired;
  const { methods } = plan.source.description;
  if (!methods.some(({ name }) => name === call.method)) {
    const known = listed(methods.map(({ name }) => name));
    const message = `${attempt}: there is no such method; known methods are ${known}`;
    throw new LabError("MethodNotFound", message, { context });
  }
  const host = supervisor.host(attempt);
  try {
    return await host.request("call", { ...call }, { attempt, limitMs, graceMs });
  } catch (thrown) {
    const error = maskSecretsIn(thrown, plan.params, paramsSchema(plan));
    if (error instanceof LabError && error.code !== "InvalidRequest") {
      // An error that has ended the connection is the connection's to attribute.
      if (supervisor.isConnected(host)) error.failureSource ??= requestFailureSource(error);
      supervisor.actual.lastError = error;
    }
    throw error;
  }
}
