import type { Figures } from "./measure.ts";

/** A process that uses more of one core than this is what limits a measurement. */
const FULL = 0.9;

/** Of all cores of the machine. */
const ALL_FULL = 0.95;

/** The cores of other programs that disturb a measurement. */
const DISTURBED = 0.1;

/** The cores that a measurement has used. */
export type Cores = Pick<Figures, "serverCores" | "driverCores" | "busiestDriver" | "loadCores" | "otherCores">;

/**
 * What kept a measurement from carrying more: `load` for the readers' process, `server`, `driver`, `cores` for all cores of
 * the machine together, `others` for other programs; `rate` if nothing did, and only the asked rate was the end.
 */
export function limitOf({ serverCores, driverCores, busiestDriver, loadCores, otherCores }: Cores, cores: number) {
  if (loadCores > FULL) return "load";
  if (serverCores > FULL) return "server";
  if (busiestDriver > FULL) return "driver";
  if (otherCores > DISTURBED) return "others";
  if (serverCores + driverCores + loadCores > ALL_FULL * cores) return "cores";
  return "rate";
}
