/**
 * The messages between the daemon and a device's process, over the process's stdin and {@linkcode PROTOCOL_FD}. Stdout
 * and stderr belong to the driver, its libraries and its programs.
 *
 * Messages, blocks and results travel as packets, see `framing.ts` and `packets.ts`. Each packet names a seat: one device of
 * the process, or the process itself. The protocol does not depend on Deno: `docs/driver-protocol.md` describes it for a host
 * in another language.
 *
 * @module
 */
import type { ArrayEncoding } from "../../driver/mod.ts";
import type { InstrumentClockStatus } from "../../wire/device.ts";
import type { ClockSource } from "../../wire/events.ts";
import type { DriverDescription, JsonSchema, Permissions } from "../../wire/driver.ts";
import type { WireError } from "./wire_error.ts";

/** The file descriptor to which a process writes its packets. */
export const PROTOCOL_FD = 3;

/** The path of {@linkcode PROTOCOL_FD}, which a process may open once, at its start. */
export const PIPE_PATH = `/dev/fd/${PROTOCOL_FD}`;

/** The argument of a process whose serial ports are opened by a relay. */
export const WITH_RELAY = "serial";

/** The argument of the program that runs drivers, as JSON. */
export interface ProcessArguments {
  /** The serial ports that the process's relay opens. Absent: none. */
  serial?: true | readonly string[];
  /** The paths that the process may read until it has imported its drivers. */
  imports: string[];
  /** The number of driver files that it is to import. */
  drivers: number;
  /** True for a process of several devices. */
  shared: boolean;
  /** The permissions of the process, for a program that is not restricted by its own flags. */
  permissions?: Permissions;
  /** The daemon's own ports, which such a program keeps from drivers that may use all ports. */
  denied_ports?: number[];
  /**
   * The way in which such a program limits itself to its permissions: `on`, as far as the machine can; `strict`, it
   * ends if the machine cannot; `off`.
   */
  sandbox?: "on" | "strict" | "off";
}

/** The requests of the daemon: each with its input and its answer. */
export interface ProtocolRequests {
  /**
   * Import the driver file, or the kept text of an earlier version. The first request, and sent once. With `describe: false`
   * the description is not needed, and the answer may be `null`.
   */
  load: [{ file: string; kept?: KeptSources; describe?: false }, DriverDescription | null];
  /** Validate params, and return the permissions that they need, and the name of what the device shares with others. */
  check_params: [{ params: unknown; attempt: string }, CheckedParams];
  /** Validate options. */
  check_options: [{ options: unknown; attempt: string }, Record<string, unknown>];
  /**
   * Create the device. From here on, the process may read only what the driver was granted. With `check`, the answer to
   * `check_params` for the same params is in `checked`; absent or `null`: there is none.
   */
  create: [
    DeviceIdentity & { params: Record<string, unknown>; check?: boolean },
    { streams: boolean; safe?: boolean; checked?: CheckedParams | null },
  ];
  /**
   * Open the instrument; refused with `LeaseEnded` for a `fence` that is lower than that of the seat. `sample` is the schema of
   * this device's samples, if it is not that of the driver.
   */
  connect: [{ fence?: number }, { sample?: JsonSchema } | null];
  /**
   * Call a method. A process sends `begun` when the call gets the device's lock, and answers with a result packet. A call
   * that has waited for the lock for `valid` milliseconds is not carried out: its answer is the error `CommandExpired`; nor is
   * one whose `fence` is lower than that of the seat when its turn comes: `LeaseEnded`.
   */
  call: [
    { method: string; args: unknown[]; kwargs: Record<string, unknown>; valid?: number | null; fence?: number },
    unknown,
  ];
  /** Read a property, with the same events and the same validity. A process answers with a result packet. */
  get: [{ name: string; valid?: number | null }, unknown];
  /** Set a property, and read it back if it can be read. A process answers with a result packet: the value. */
  set: [{ name: string; value: unknown; valid?: number | null; fence?: number }, unknown];
  /** Bring the instrument into its safe state. `limit` is in milliseconds. */
  safe: [{ reason: string; limit: number }, null];
  /**
   * Start a run. Answered when it streams. `read` is the limit of one `read()` in milliseconds; `null`: no limit. A
   * `fence` is checked as in `connect`.
   */
  start: [{ options: Record<string, unknown>; read?: number | null; fence?: number }, null];
  /** Stop the run. Answered when it has ended and all its samples have been sent. `limit` is in milliseconds. */
  stop: [{ limit: number }, null];
  /** Stop the run, if there is one, and close the instrument. `limit` is in milliseconds. */
  disconnect: [{ limit: number }, null];
  /** A heartbeat. Memory is in bytes; the CPU time so far and the time of the measurement are in seconds. */
  ping: [Record<string, never>, { memory: number; cpu: number; at: number }];
}

/** Valid params with their defaults, and the permissions and the bus that follow from them. */
export interface CheckedParams {
  params: Record<string, unknown>;
  permissions: Permissions;
  /** Devices with the same name live in one process. Absent or `null`: the device has a process of its own. */
  bus?: string | null;
}

/** The name of a request. */
export type ProtocolOperation = keyof ProtocolRequests;

/** The requests whose answers are result packets. */
export const RESULT_OPERATIONS: ReadonlySet<ProtocolOperation> = new Set(["call", "get", "set"]);

/** A request as it is sent. A `cancel` with its id follows when the daemon no longer waits for the answer. */
export type Request = {
  [Op in ProtocolOperation]: { id: number; op: Op; input: ProtocolRequests[Op][0] };
}[ProtocolOperation];

/** Daemon to process. */
export type ToProcess =
  | Request
  | { cancel: number }
  /** The device has another owner, or none: older commands are refused. `leased`: make it safe if the daemon dies. */
  | { fence: number; leased: boolean }
  /** The seat is no longer used: the device is disconnected and dropped. It has no answer. */
  | { release: true };

/** The first packet of a process. */
export interface Handshake {
  hello: {
    /** The version of the protocol. */
    protocol: number;
    /** The version of the driver contract. */
    driver_api: number;
    /** The language of its drivers: `TypeScript`. */
    language: string;
    language_version: string;
    /**
     * The limits that apply to the process's drivers: `landlock`, `bubblewrap`, `off`, or `none: ` and the reason.
     * Absent: the limits of its flags.
     */
    sandbox?: string;
  };
}

/** Process to daemon, besides blocks. The first packet is a {@linkcode Handshake}, and no other one is. */
export type FromProcess =
  | { id: number; result: unknown }
  | { id: number; error: WireError }
  /** The call with this id has the device's lock: its limit begins. */
  | { begun: number }
  /** The progress of the call with this id: the fraction that is done, if it is known, and a text. */
  | { progress: number; fraction: number | null; text: string }
  /** All samples before `lost` that were not in a block are lost. */
  | { lost: number }
  /** A clock was set by so many milliseconds before the next sample: the machine's, if `source` is absent. */
  | { clock: number; source?: ClockSource }
  /** The instrument's clock beside the host's. */
  | { instrument_clock: InstrumentClockStatus }
  /** The run ended and was not stopped: with an error, or because the driver returned. */
  | { ended: WireError | null }
  /** The connection to the instrument is lost. Sent once, after the end of the run, if that fails by it. */
  | { disconnected: WireError }
  /** A sample was lost, or another failure after which the run continues. */
  | { problem: WireError }
  /** The bytes that its connections have carried, of a device with a transcript. */
  | { transcript: TranscriptEntry[] }
  /** The driver does something that it does not declare; with `null`, no longer. */
  | { warning: { type: string; message: string | null } }
  /**
   * An error that no code of the driver caught; the process exits. The packet names the seat whose code threw it, if
   * that is known.
   */
  | { crashed: WireError };

/** Bytes that a connection carried in one direction. */
export interface TranscriptEntry {
  /** The time of the first byte. */
  at: string;
  /** `opened`: a connection was opened. */
  direction: "opened" | "sent" | "received";
  base64: string;
  /** The number of bytes after these that were dropped. */
  lost?: number;
}

/** The content of every frame of a device, and the start of its sequence. */
export interface DeviceIdentity {
  device_id: string;
  epoch: string;
  /** The sequence number of its next sample. */
  next_sequence: number;
  /** The encoding of typed arrays; `null` or absent: as the driver declares. */
  arrays?: ArrayEncoding | null;
  /** True if the instrument is to be made safe when the process's stdin ends and it is still connected: the daemon died. */
  safe_on_shutdown?: boolean;
  /** True if the traffic of the device's connections is reported. */
  transcript?: boolean;
  /**
   * The permissions that the driver asks for and does not get, and the line under `grants:` of the bench file that would
   * grant them: for the message of a denied permission.
   */
  grant?: { driver: string; missing: Permissions; line: Permissions };
}

/** The text of an earlier version of a driver's own files, to be imported although the files have changed since. */
export interface KeptSources {
  /** By the files' URLs. */
  texts: Record<string, string>;
  /** The npm packages that they import. */
  packages: string[];
}
