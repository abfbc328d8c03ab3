import { listed } from "../errors.ts";
import type { DriverStatus } from "../wire/driver.ts";

/** The reasons that are quoted for a driver that is not there. */
const MAX_REASONS = 3;

/** The reason why there is no driver. While files load, any of them may have it: the same words for all devices. */
export function whyNoDriver(all: readonly DriverStatus[]): string {
  const failed = all.filter(({ status }) => status === "failed");
  if (failed.some(({ error }) => error?.type === "DriverStillLoads")) return " yet: some driver files still load";
  const known = listed(all.filter(({ status }) => status === "loaded").map(({ name }) => name ?? ""));
  const reasons = failed.slice(0, MAX_REASONS).map(({ file, error }) => `${file}: ${error?.message}`);
  const others = listed(failed.slice(MAX_REASONS).map(({ file }) => file ?? ""));
  const notLoaded = failed.length > MAX_REASONS ? [...reasons, `and ${others}`] : reasons;
  return `; known types are ${known}${notLoaded.length > 0 ? `. Not loaded: ${notLoaded.join("; ")}` : ""}`;
}
