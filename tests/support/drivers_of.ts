import type { LabDaemon } from "../../lib/daemon.ts";
import type { DriverStatus } from "../../lib/mod.ts";

/** Nothing that a test waits for takes so long. */
const PATIENCE_MS = 20_000;

/** Waits until the drivers are so, as the daemon tells that they have changed. */
export async function driversUntil(
  daemon: LabDaemon,
  isIt: (drivers: DriverStatus[]) => boolean,
): Promise<DriverStatus[]> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const look = () => isIt(daemon.drivers()) && resolve();
  const told = () => daemon.drivers().map(({ file, name, error }) => `${file} ${name} ${error?.message}`).join("\n");
  const timer = setTimeout(() => reject(new Error(`it never was so; it is:\n${told()}`)), PATIENCE_MS);
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
