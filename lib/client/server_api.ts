import type { DeviceStatus } from "../wire/device.ts";
import type { DeviceLog } from "../wire/requests.ts";
import type { DriverStatus, MethodDescription } from "../wire/driver.ts";
import type { ErrorReport } from "../wire/error_report.ts";
import type { PropertyStatus, PropertyValue } from "../wire/properties.ts";
import type { RestoreAnswer, RestoreRequest, Snapshot } from "../wire/snapshot.ts";
import type { AcceptedCall, CallRecord } from "../wire/calls.ts";
import type { SafeAnswer, StreamStopped } from "../wire/requests.ts";
import type { NewDeviceSettings } from "../wire/settings.ts";
import type { Health, Readiness, ServerInfo } from "../wire/server.ts";
import { directFetch } from "./direct_fetch.ts";
import { type CallArguments, followedCall, type FollowOptions } from "./call.ts";
import { nullIfNoError, Requests } from "./requests.ts";
import { type RestoreOptions, restoreRecording, type RestoreRecordingOptions, restoreSnapshot } from "./restore.ts";
import { Lease, type LeaseOptions, leaseRequest } from "./lease.ts";
import type { GrantedLease, LeasesAnswer, LeaseStatus } from "../wire/leases.ts";
import type { Fetch } from "./server_error.ts";
import { TaskRequests } from "./task_requests.ts";
import { withToken } from "./with_token.ts";
import type { HistoryAnswer } from "../wire/history.ts";
import type { Layout, LayoutsAnswer } from "../wire/pages/layouts.ts";
import type { AlarmsAnswer, AlarmStatus } from "../wire/alarms.ts";
import type { RecordingsAnswer, RecordingStatus, StartRecording } from "../wire/recordings.ts";
import { type HistoryPart, historyQueryOf, partQuery, type RecordingPart } from "./recording_part.ts";
import type { IssuedToken, Scope, SessionInfo, Ticket, TokenInfo } from "../wire/access.ts";
import type { AuditPage, AuditQuery } from "../wire/audit.ts";

/**
 * Longer than the daemon's own limits (by default 10 s to connect, 5 s to stop), so that the daemon's error arrives, which
 * names the device and the limit, and not the client's.
 */
const DEFAULT_TIMEOUT_MS = 60_000;

/** The default validity of a command. */
const DEFAULT_VALID_FOR_MS = 10_000;

/** Options of {@linkcode ServerAPI}. */
export interface ServerAPIOptions {
  /**
   * The limit of each request in milliseconds, answer included. Defaults to 60 seconds. A call of a method takes several
   * requests if it is long, and as long as the method's own limit allows.
   */
  timeoutMs?: number;
  /**
   * The validity of a command, in milliseconds. The daemon refuses one that has waited longer, on its way or for its turn,
   * with `CommandExpired`: nothing was done then. `Infinity` for none.
   *
   * @default {10_000}
   */
  validForMs?: number;
  /** A token of the daemon, sent with every request. */
  token?: string;
  /** The token of a lease that another program renews: commands are sent under it. */
  lease?: string;
  /** Defaults to the global `fetch`, without a proxy where the daemon is on this machine. */
  fetch?: Fetch;
}

/** The options of a run. A driver option beside `options` is the same as one under it. */
export interface StartOptions {
  /** The driver's options, such as `{ sample_rate: 100 }`. */
  options?: Record<string, unknown>;
  [driverOption: string]: unknown;
}

/**
 * The daemon's HTTP interface, one method for each call. Works in Deno, Node and browsers.
 *
 * Every method throws a {@linkcode ServerAPIError} with the daemon's message when the daemon refuses, and a
 * {@linkcode ServerConnectionError} when no answer came in time; the daemon may have acted nevertheless.
 *
 * @example
 * ```ts
 * import { ServerAPI } from "labdaemon/client";
 *
 * async function setUp(api = new ServerAPI("http://127.0.0.1:5000")) {
 *   await api.addDevice("daq1", "StreamingDAQ", { high: 5 });
 *   await api.connectDevice("daq1");
 *   await api.callDeviceMethod("daq1", "set_high", { kwargs: { volts: 2 } });
 * }
 * ```
 */
export class ServerAPI {
  readonly #requests: Requests;
  /** The requests about tasks. */
  readonly tasks: TaskRequests;

  /** @throws {TypeError} if `baseUrl` is not an http address. */
  constructor(baseUrl = "http://127.0.0.1:5000", options: ServerAPIOptions = {}) {
    const { timeoutMs = DEFAULT_TIMEOUT_MS, validForMs = DEFAULT_VALID_FOR_MS, token } = options;
    const fetch = withToken(options.fetch ?? directFetch, token);
    this.#requests = new Requests({ baseUrl, timeoutMs, validForMs, fetch });
    this.tasks = new TaskRequests(this.#requests);
    if (options.lease !== undefined) this.#requests.leases.add(options.lease);
  }

  // The daemon.

  /** The daemon's name, version and endpoints. */
  info(): Promise<ServerInfo> {
    return this.#requests.answer("GET", [], undefined, "name");
  }

  /** Resolves while the daemon answers. */
  health(): Promise<Health> {
    return this.#requests.answer("GET", ["health"], undefined, "status");
  }

  /** Resolves while the daemon can do its work; rejects with `NotReady` and the reasons while it cannot. */
  ready(): Promise<Readiness> {
    return this.#requests.answer("GET", ["readyz"], undefined, "status");
  }

  /** The properties of all devices, as their instruments say them now. */
  snapshot(): Promise<Snapshot> {
    return this.#requests.answer("GET", ["snapshot"], undefined, "devices");
  }

  /**
   * Sets the properties of a snapshot, or of a part of one, that differ. Resolves with the changes, and with what was skipped
   * and why. Each device is a request of its own, with `timeoutMs` for each of its properties: one that hangs keeps no
   * other from being restored.
   */
  restore(snapshot: RestoreRequest, options: RestoreOptions = {}): Promise<RestoreAnswer> {
    return restoreSnapshot(this.#requests, snapshot, options);
  }

  /**
   * Sets the bench as it was at a time of a recording. Resolves with the changes, with what was skipped and why, and with
   * warnings. One request for all devices, with ten times `timeoutMs`.
   */
  restoreRecording(
    recording: string,
    time: Date | string,
    options: RestoreRecordingOptions = {},
  ): Promise<RestoreAnswer> {
    return restoreRecording(this.#requests, recording, time, options);
  }

  /** Brings all instruments of the bench into their safe states. Resolves with the outcome for each. */
  makeSafe(reason?: string): Promise<SafeAnswer["results"]> {
    return this.#requests.value("POST", ["safe"], "results", { reason });
  }

  // Drivers.

  /** Every driver with its schemas, files that failed to load included. */
  listDrivers(): Promise<DriverStatus[]> {
    return this.#requests.value("GET", ["drivers"], "drivers");
  }

  // Devices.

  /** Every device. */
  listDevices(): Promise<DeviceStatus[]> {
    return this.#requests.value("GET", ["devices"], "devices");
  }

  /** One device. */
  getDevice(id: string): Promise<DeviceStatus> {
    return this.#requests.answer("GET", ["devices", id], undefined, "device_id");
  }

  /**
   * Creates a device. It is not connected yet. `type` is the name of its driver, or a class of a Python package, such as
   * `"pymeasure:pymeasure.instruments.keithley.Keithley2400"`; `settings` are those of the bench file, such as
   * `{ limits: { call: "2min" } }`. With `keep` the daemon adds and connects it again at each start.
   */
  addDevice(
    id: string,
    type: string,
    params: Record<string, unknown> = {},
    settings: NewDeviceSettings & { keep?: boolean } = {},
  ): Promise<DeviceStatus> {
    return this.#requests.answer("POST", ["devices"], { device_id: id, device_type: type, params, ...settings });
  }

  /** Stops, disconnects and removes a device. */
  removeDevice(id: string): Promise<void> {
    return this.#requests.answer("DELETE", ["devices", id]);
  }

  /** Keeps a device that was added: the daemon adds and connects it again at each start. Idempotent. */
  keepDevice(id: string): Promise<DeviceStatus> {
    return this.#requests.answer("POST", ["devices", id, "keep"], {});
  }

  /** Connects a device. Idempotent. */
  connectDevice(id: string): Promise<DeviceStatus> {
    return this.#requests.answer("POST", ["devices", id, "connect"], {});
  }

  /** Disconnects a device. Idempotent. */
  disconnectDevice(id: string): Promise<DeviceStatus> {
    return this.#requests.answer("POST", ["devices", id, "disconnect"], {});
  }

  /** Disables a device: it cannot be connected until it is enabled. */
  disableDevice(id: string): Promise<DeviceStatus> {
    return this.#requests.answer("POST", ["devices", id, "disable"], {});
  }

  /** Enables a device, and connects it if it was connected before. */
  enableDevice(id: string): Promise<DeviceStatus> {
    return this.#requests.answer("POST", ["devices", id, "enable"], {});
  }

  /**
   * Brings an instrument into its safe state. Resolves with the outcome also if that failed: `ok` and `error`. It is no
   * safety function of a machine.
   */
  async makeDeviceSafe(id: string, reason?: string): Promise<SafeAnswer["results"][number]> {
    const path = ["devices", id, "safe"];
    return (await this.#requests.value<SafeAnswer["results"]>("POST", path, "results", { reason }))[0];
  }

  /** The last error of a device, or `null` when there is none. */
  async getDeviceError(id: string): Promise<ErrorReport | null> {
    const answer = await this.#requests.answer<ErrorReport | { error: ErrorReport }>("GET", ["devices", id, "error"])
      .catch(nullIfNoError);
    // Other implementations of the daemon wrap the report, as they wrap every error.
    return answer && "error" in answer ? answer.error : answer;
  }

  /** Clears the last error of a device; resolves as well when there is none. */
  async clearDeviceError(id: string): Promise<void> {
    await this.#requests.answer("DELETE", ["devices", id, "error"]).catch(nullIfNoError);
  }

  /**
   * The newest lines about a device: what its driver printed, and the changes of its state.
   *
   * @param from The number of the first line: `next` of the last answer.
   * @throws {ServerAPIError} if the daemon refuses.
   */
  getLog(id: string, from = 0): Promise<DeviceLog> {
    return this.#requests.answer("GET", ["devices", id, "log"], undefined, "lines", { query: `from=${from}` });
  }

  /**
   * The samples of a device in a span of time, thinned for a plot: the last hour, by default.
   *
   * @throws {ServerAPIError} if the daemon refuses.
   */
  getHistory(id: string, part: HistoryPart = {}): Promise<HistoryAnswer> {
    const query = historyQueryOf(part);
    return this.#requests.answer("GET", ["devices", id, "history"], undefined, "channels", { query });
  }

  /** Starts the stream of a device. It continues without readers. Idempotent. */
  startStream(id: string, { options, ...more }: StartOptions = {}): Promise<DeviceStatus> {
    return this.#requests.answer("POST", ["devices", id, "stream", "start"], { ...more, ...options });
  }

  /** Stops the stream of a device for all its readers. Idempotent. */
  stopStream(id: string): Promise<StreamStopped> {
    return this.#requests.answer("POST", ["devices", id, "stream", "stop"], {});
  }

  // Methods and calls.

  /** The methods of a device with their parameters. */
  getDeviceMethods(id: string): Promise<MethodDescription[]> {
    return this.#requests.value("GET", ["devices", id, "methods"], "methods");
  }

  /**
   * Calls a method of a device and returns its result. Waits as long as the method's own limit allows, and for its turn
   * before that.
   */
  async callDeviceMethod(
    id: string,
    method: string,
    { args, kwargs, ...options }: CallArguments & FollowOptions = {},
  ): Promise<unknown> {
    return await followedCall(this.#requests, id, { method, args, kwargs }, options);
  }

  /** Starts a call, and does not wait for it: {@linkcode getCall} follows it. */
  startCall(id: string, method: string, { args, kwargs }: CallArguments = {}): Promise<AcceptedCall> {
    const body = { method, args, kwargs };
    return this.#requests.answer("POST", ["devices", id, "call"], body, "call_id", { prefer: "respond-async" });
  }

  /** A call: its status, its progress, its result or its error. */
  getCall(callId: string): Promise<CallRecord> {
    return this.#requests.answer("GET", ["calls", callId], undefined, "call_id");
  }

  /** The calls that run or wait, and those that have ended a short time ago, without their results. */
  listCalls(): Promise<CallRecord[]> {
    return this.#requests.value("GET", ["calls"], "calls");
  }

  /** Cancels a call. Resolves with it when it has ended, or after 2 s: a method may ignore that it is cancelled. */
  cancelCall(callId: string): Promise<CallRecord> {
    return this.#requests.answer("DELETE", ["calls", callId], undefined, "call_id");
  }

  // Properties.

  /**
   * The properties of a device with their values, each read from the instrument now; one that cannot be read has its last
   * known value, and the error.
   */
  getDeviceProperties(id: string): Promise<PropertyStatus[]> {
    return this.#requests.value("GET", ["devices", id, "properties"], "properties");
  }

  /** Reads a property of a device. */
  getDeviceProperty(id: string, name: string): Promise<PropertyValue> {
    return this.#requests.answer("GET", ["devices", id, "properties", name], undefined, "value");
  }

  /** Sets a property of a device. Resolves with the value that was read back: what the instrument says. */
  setDeviceProperty(id: string, name: string, value: unknown): Promise<PropertyValue> {
    return this.#requests.answer("PUT", ["devices", id, "properties", name], { value }, "value");
  }

  // Alarms.

  /** The alarms of all devices, or of one, with their states. */
  listAlarms(deviceId?: string): Promise<AlarmsAnswer> {
    const path = deviceId === undefined ? ["alarms"] : ["devices", deviceId, "alarms"];
    return this.#requests.answer("GET", path, undefined, "alarms");
  }

  /** Says that a person knows of an alarm that fires. It stays until its value is back in order. */
  acknowledgeAlarm(deviceId: string, name: string, note?: string): Promise<AlarmStatus> {
    return this.#requests.answer("POST", ["devices", deviceId, "alarms", name, "acknowledge"], { note }, "state");
  }

  // Leases.

  /**
   * Leases devices, all or none, renews the lease until it is disposed, and sends the commands of this object under it.
   *
   * @example
   * ```ts
   * import { ServerAPI } from "labdaemon/client";
   *
   * async function measure(api = new ServerAPI("http://127.0.0.1:5000")) {
   *   await using _lease = await api.lease(["psu1", "stage1"], { purpose: "IV curve", wait: 60 });
   *   await api.callDeviceMethod("psu1", "on");
   * }
   * ```
   */
  async lease(devices: string[], options: LeaseOptions = {}): Promise<Lease> {
    return new Lease(this.#requests, await this.acquireLease(devices, options));
  }

  /** The leases of devices, and the requests that wait for devices. */
  listLeases(): Promise<LeasesAnswer> {
    return this.#requests.answer("GET", ["leases"], undefined, "leases");
  }

  /** Leases devices, and renews nothing by itself: {@linkcode ServerAPI.lease} does. */
  acquireLease(devices: string[], { purpose, ttl, wait }: LeaseOptions = {}): Promise<GrantedLease> {
    const timeoutMs = this.#requests.timeoutMs + (wait ?? 0) * 1000;
    return this.#requests.answer("POST", ["leases"], { devices, purpose, ttl, wait }, "token", { timeoutMs });
  }

  /** Renews a lease. `ttl` is its new time in seconds. */
  renewLease(id: string, token: string, ttl?: number): Promise<LeaseStatus> {
    return leaseRequest(this.#requests, "PUT", id, token, { ttl });
  }

  /** Releases a lease. */
  async releaseLease(id: string, token: string): Promise<void> {
    await leaseRequest(this.#requests, "DELETE", id, token);
  }

  /** Ends another one's lease, and resolves when its devices were made safe. For administrators. */
  breakLease(id: string, reason: string): Promise<SafeAnswer["results"]> {
    return this.#requests.value("POST", ["leases", id, "break"], "results", { reason });
  }

  // Recordings.

  /** All recordings, the oldest first, and the state of their disk. */
  listRecordings(): Promise<RecordingsAnswer> {
    return this.#requests.answer("GET", ["recordings"], undefined, "recordings");
  }

  /** One recording. */
  getRecording(id: string): Promise<RecordingStatus> {
    return this.#requests.answer("GET", ["recordings", id], undefined, "recording_id");
  }

  /** Starts to record: all devices, or those that `options` name. `until` is a time or a duration, such as `"10min"`. */
  startRecording(name: string, options: Omit<StartRecording, "name"> = {}): Promise<RecordingStatus> {
    return this.#requests.answer("POST", ["recordings"], { name, ...options }, "recording_id");
  }

  /** Stops a recording. Resolves when all of it is stored, or after 5 s with the state `stopping`. Idempotent. */
  stopRecording(id: string): Promise<RecordingStatus> {
    return this.#requests.answer("POST", ["recordings", id, "stop"], {}, "recording_id");
  }

  /** Adds a note to a recording. */
  addRecordingNote(id: string, text: string): Promise<RecordingStatus> {
    return this.#requests.answer("POST", ["recordings", id, "notes"], { text }, "recording_id");
  }

  /** Deletes a recording with its data. */
  deleteRecording(id: string): Promise<void> {
    return this.#requests.answer("DELETE", ["recordings", id]);
  }

  /**
   * The samples and events of a recording, or of a part of it, as a file, while it comes. The time limit holds until it
   * begins. A file that breaks off makes reading fail.
   *
   * @throws {ServerAPIError} if the daemon refuses.
   */
  recordingData(id: string, part: RecordingPart = {}): Promise<ReadableStream<Uint8Array>> {
    return this.#requests.sendForBytes(["recordings", id, "data"], partQuery(part));
  }

  // Tokens, sessions and the record of commands.

  /** Every token, without the tokens themselves. */
  listTokens(): Promise<TokenInfo[]> {
    return this.#requests.value("GET", ["tokens"], "tokens");
  }

  /**
   * Makes a token. The answer is the only place where it is shown.
   *
   * @param options `devices`: ids, in which `*` stands for any characters; all by default. `expires_in`: its lifetime, such as
   * `"30d"`; none by default.
   */
  createToken(
    name: string,
    scope: Scope,
    options: { devices?: string[]; expires_in?: string } = {},
  ): Promise<IssuedToken> {
    return this.#requests.answer("POST", ["tokens"], { name, scope, ...options }, "token");
  }

  /** Replaces a token by a new one of the same name and rights. */
  rotateToken(name: string): Promise<IssuedToken> {
    return this.#requests.answer("POST", ["tokens", name, "rotate"], {}, "token");
  }

  /** Revokes a token: its streams end within a second. */
  revokeToken(name: string): Promise<void> {
    return this.#requests.answer("DELETE", ["tokens", name]);
  }

  /**
   * The user of these requests, and their rights: `name`, `scope`, `devices`, and the session's `expires_at`. `anyone`
   * where no token is needed.
   */
  getSession(): Promise<SessionInfo> {
    return this.#requests.answer("GET", ["session"], undefined, "scope");
  }

  /**
   * Logs in with a token, in a page of the daemon: the browser keeps the cookie of the session, and the commands of this object
   * then carry its CSRF token. Other programs send the token itself.
   */
  async openSession(token: string): Promise<SessionInfo> {
    const session = await this.#requests.answer<SessionInfo>("POST", ["session"], { token }, "scope");
    this.#requests.csrfToken = session.csrf_token ?? undefined;
    return session;
  }

  /** Logs out: the session and the streams that it has opened end. */
  async closeSession(): Promise<void> {
    await this.#requests.answer("DELETE", ["session"]);
    this.#requests.csrfToken = undefined;
  }

  /**
   * Makes a ticket that opens one stream, once, within 30 s, by `?ticket=` in its address: for an `EventSource`, which can send
   * no token.
   *
   * @param path `/stream`, or `/stream/devices/daq1`.
   * @param scope With `control`, the stream may carry options and start its device.
   */
  createTicket(path: string, scope: Scope = "read"): Promise<Ticket> {
    return this.#requests.answer("POST", ["tickets"], { path, scope }, "ticket");
  }

  /**
   * The newest entries of the record of commands that fit, the newest last. `next` of an answer, as `before` of the next query,
   * goes on with older ones. For administrators.
   */
  listAudit(query: AuditQuery = {}): Promise<AuditPage> {
    const given = Object.entries(query).flatMap(([key, value]) => value === undefined ? [] : [[key, String(value)]]);
    const parameters = new URLSearchParams(given).toString();
    return this.#requests.answer("GET", ["audit"], undefined, "entries", { query: parameters });
  }

  // Layouts of the dashboard.

  /** The layouts of the dashboard's plots, by their names. */
  listLayouts(): Promise<LayoutsAnswer> {
    return this.#requests.answer("GET", ["layouts"], undefined, "layouts");
  }

  /** One layout of the dashboard, with what it shows. */
  getLayout(name: string): Promise<Layout> {
    return this.#requests.answer("GET", ["layouts", name], undefined, "layout");
  }

  /** Saves a layout of the dashboard, in place of the one of its name. */
  saveLayout(name: string, layout: Layout["layout"]): Promise<Layout> {
    return this.#requests.answer("PUT", ["layouts", name], { layout }, "layout");
  }

  /** Deletes a layout of the dashboard. */
  async deleteLayout(name: string): Promise<void> {
    await this.#requests.answer("DELETE", ["layouts", name]);
  }
}
