import type { DriverDescription } from "../wire/driver.ts";
import type { Confinement } from "../host/child_process.ts";
import type { Host, HostEvents } from "../host/host.ts";
import type { HostProgram } from "../host/python_host.ts";
import type { CheckedParams, ProtocolRequests } from "../host/protocol/protocol.ts";
import type { KeptChecks } from "./kept_checks.ts";

/** A driver that can run in a process with others. */
export interface ShareableDriver {
  /** The URL of its file. */
  readonly file: string;
  /** True for a driver that is a text without code: a process that runs can load it, and needs no permission for that. */
  readonly isText: boolean;
  /** Finds the program that runs it; absent for Deno. Drivers of different programs share no process. */
  program?(): Promise<HostProgram | undefined>;
  /** The time for which it may block its process, in milliseconds. */
  readonly blockingMs?: number;
  /** The files that a process may read while it imports the driver. */
  imports(): Promise<URL[]>;
  /** The request by which a process imports this version: of the file, or of its kept text if that has changed. */
  load(): Promise<ProtocolRequests["load"][0]>;
  /** Resolves with true if a process that was sent such a request has this version. */
  isLoaded(request: ProtocolRequests["load"][0]): Promise<boolean>;
}

/** One driver, as the daemon uses it: it checks input, and opens hosts for devices. */
export interface DriverSource {
  readonly description: DriverDescription;
  /** True if its devices run in the daemon's process, with the daemon's permissions. */
  readonly isInline?: boolean;
  /** Absent for a driver whose devices cannot share a process. */
  readonly shareable?: ShareableDriver;
  /** The name of its file, and the hash of its version; absent for a driver that a script registered. */
  readonly fileVersion?: { file: string; hash: string };
  /** The driver's answers that are kept from one start to the next; absent for a driver without kept answers. */
  readonly checks?: KeptChecks;
  /**
   * Validates params, and resolves with them, the permissions that they ask for, and the bus that they name.
   *
   * @param attempt The beginning of an error's message: `Cannot add device "daq1"`.
   * @throws {LabError} `InvalidRequest`, if they do not fit the driver's schema.
   */
  checkParams(params: unknown, attempt: string): Promise<CheckedParams>;
  /**
   * Validates the options of a streaming run.
   *
   * @param attempt The beginning of an error's message.
   * @throws {LabError} `InvalidRequest`, if they do not fit the driver's schema.
   */
  checkOptions(options: unknown, attempt: string): Promise<Record<string, unknown>>;
  /** Starts a host for one device, with the driver loaded. Rejects, and leaves no host, when the signal aborts. */
  open(deviceId: string, confinement: Confinement, events: HostEvents, signal?: AbortSignal): Promise<Host>;
  /** Ends the processes that check input. Hosts of devices stay open. */
  close(): Promise<void>;
}
