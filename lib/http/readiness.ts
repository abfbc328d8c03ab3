import { Hono } from "hono";
import { timestamp } from "../async/clock.ts";
import type { LabDaemon } from "../daemon.ts";
import { LabError } from "../errors.ts";
import type { NotReadyReason } from "../wire/server.ts";

/** The facts about the daemon besides its drivers and devices. */
export interface ReadinessSources {
  /** The reasons why no driver can run on this machine. */
  missing: readonly string[];
  /** True while the daemon shuts down. */
  isStopping(): boolean;
}

/** `/livez` and `/readyz`: for supervisors. They name no device, because they need no right. */
export function readinessRoutes(daemon: LabDaemon, sources: ReadinessSources): Hono {
  const app = new Hono();
  app.get("/livez", (c) => c.json({ status: "alive", timestamp: timestamp() }));
  app.get("/readyz", (c) => {
    const reasons = reasonsOf(daemon, sources);
    if (reasons.length === 0) return c.json({ status: "ready", timestamp: timestamp() });
    const found = reasons.map(({ message }) => message).join("; ");
    throw new LabError("NotReady", `Cannot serve the whole bench: ${found}`, { context: { reasons } });
  });
  return app;
}

/**
 * The reasons why the daemon cannot do its work. An absent instrument and a failing driver are not among them: the
 * daemon retries, and a supervisor can do nothing about them.
 */
function reasonsOf(daemon: LabDaemon, { missing, isStopping }: ReadinessSources): NotReadyReason[] {
  const reasons: NotReadyReason[] = missing.map((message) => ({ type: "MissingRequirement", message }));
  if (isStopping()) reasons.push({ type: "Stopping", message: "the daemon stops" });
  for (const { message } of daemon.folderErrors()) reasons.push({ type: "DriversFolder", message });
  const failed = daemon.devices().map((device) => device.status()).filter(({ state, last_error: error }) =>
    error?.failure_source === "daemon" && (state === "retrying" || state === "faulted")
  );
  for (const [type, devices] of Map.groupBy(failed, ({ last_error: error }) => error!.type)) {
    const count = devices.length === 1 ? "1 device cannot run" : `${devices.length} devices cannot run`;
    reasons.push({ type: "DaemonFailure", message: `${count} for a failure of the daemon or its machine: ${type}` });
  }
  return reasons;
}
