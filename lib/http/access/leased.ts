import type { Context, MiddlewareHandler } from "hono";
import type { LabDaemon } from "../../daemon.ts";
import { LabError, shortened } from "../../errors.ts";
import type { Leases } from "../../leases/leases.ts";
import { LEASE } from "../../wire/headers.ts";

declare module "hono" {
  interface ContextVariableMap {
    /** Throws if the principal may not command some devices now. */
    assertLease: (deviceIds: readonly string[]) => void;
    /** Throws if a command to the device in the path is not allowed any more; absent for other routes. */
    assertStillLeased: (() => void) | undefined;
    /** The number of grants and ends of leases when the command was allowed. */
    fence: number | undefined;
    /** The leases that the request names, or that it is about. */
    leaseIds: readonly string[];
  }
}

/** The most tokens of one request. */
const MAX_TOKENS = 20;

/** The commands by which a device connects: another device in its process may lose its connection for a moment. */
const CONNECTING = /^POST .*\/(connect|enable)$/;

/** Refuses commands to devices that others have leased: at once, and again when the body has been read. */
export function leased(daemon: LabDaemon, leases: Leases): MiddlewareHandler {
  return async (c, next) => {
    const used = c.get("used");
    const tokens = leaseTokens(c);
    c.set("leaseIds", leases.idsOf(tokens));
    c.set("fence", leases.fence);
    const attempt = `Cannot ${c.req.method} ${shortened(c.req.path, 200)}`;
    const assertLease = (deviceIds: readonly string[]) => leases.assertAllowed(attempt, deviceIds, tokens);
    c.set("assertLease", assertLease);
    const { access, action, deviceId } = used ?? {};
    if (access?.lease === "path") {
      const assertAllowed = () => {
        assertLease(CONNECTING.test(action!) ? [deviceId!, ...disturbedBy(daemon, deviceId!)] : [deviceId!]);
      };
      assertAllowed();
      c.set("assertStillLeased", assertAllowed);
    }
    await next();
  };
}

/** True if the principal may command a device now. */
export function mayCommand(c: Context, deviceId: string): boolean {
  try {
    c.get("assertLease")([deviceId]);
    return true;
  } catch (error) {
    if (error instanceof LabError) return false;
    throw error;
  }
}

/** The tokens of the header `X-Lease`. */
export function leaseTokens(c: Context): string[] {
  return (c.req.header(LEASE) ?? "").split(",").map((it) => it.trim()).filter((it) => it !== "").slice(0, MAX_TOKENS);
}

/** The devices that lose their connection for a moment when a device connects. */
function disturbedBy(daemon: LabDaemon, id: string): string[] {
  const device = daemon.devices().find((device) => device.id === id);
  return device?.isConnected ? [] : device?.plan.group?.disturbedBy(id, device.plan) ?? [];
}
