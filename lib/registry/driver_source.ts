import type { DriverDescription } from "../wire/driver.ts";
import type { Permissions } from "../wire/driver.ts";
import type { Confinement } from "../host/child_process.ts";
import type { Host, HostEvents } from "../host/host.ts";

/** Where the devices of one type come from. */
export interface DriverSource {
  readonly description: DriverDescription;
  /**
   * Validates params and says what permissions they ask for. `attempt` begins the error's message.
   *
   * @throws {LabError} `InvalidRequest`.
   */
  checkParams(params: unknown, attempt: string): Promise<{ params: Record<string, unknown>; permissions: Permissions }>;
  /** @throws {LabError} `InvalidRequest`. */
  checkOptions(options: unknown, attempt: string): Promise<Record<string, unknown>>;
  /** Starts a host for one device, with the driver loaded. When the signal aborts, there is none. */
  open(deviceId: string, confinement: Confinement, events: HostEvents, signal?: AbortSignal): Promise<Host>;
  /** Lets go of what it holds. */
  close(): Promise<void>;
}
