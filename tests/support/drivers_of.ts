import type { LabDaemon } from "../../lib/daemon.ts";
import type { DriverStatus } from "../../lib/mod.ts";

/** The limit of the wait. */
const TIMEOUT_MS = 60_000;

/** Waits until the drivers satisfy a predicate. The daemon notifies of their changes. */
export async function driversUntil(
  daemon: LabDaemon,
  matches: (drivers: DriverStatus[]) => boolean,
): Promise<DriverStatus[]> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const look = () => matches(daemon.drivers()) && resolve();
  const summary = () => daemon.drivers().map(({ file, name, error }) => `${file} ${name} ${error?.message}`).join("\n");
  const timer = setTimeout(() => reject(new Error(`the drivers never became so; they are:\n${summary()}`)), TIMEOUT_MS);
  const stop = daemon.listen({ drivers: look });
  try {
    look();
    await promise;
    return daemon.drivers();
  } finally {
    clearTimeout(timer);
    stop();
  }
}
