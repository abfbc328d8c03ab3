import type { DeviceStatus } from "../wire/device.ts";
import type { DriverStatus, MethodDescription } from "../wire/driver.ts";
import type { ErrorReport } from "../wire/error_report.ts";
import type { PropertyStatus, PropertyValue } from "../wire/properties.ts";
import type { RestoreAnswer, RestoreRequest, Snapshot } from "../wire/snapshot.ts";
import type { StreamStopped } from "../wire/requests.ts";
import type { Health, ServerInfo } from "../wire/server.ts";
import { directFetch } from "./direct_fetch.ts";
import { endpoint } from "./endpoint.ts";
import { requestJSON } from "./request.ts";
import { type Fetch, ServerAPIError } from "./server_error.ts";

/**
 * Longer than the daemon's own limits (by default 10 s to connect, 30 s for a call, 5 s to stop), so that the daemon's error
 * arrives, which names the device and the limit, and not the client's.
 */
const DEFAULT_TIMEOUT_MS = 60_000;

/** Options of {@linkcode ServerAPI}. */
export interface ServerAPIOptions {
  /**
   * The limit of each request in milliseconds, answer included. Defaults to 60 seconds. Give more where the bench file
   * gives a device `limits` above the daemon's defaults.
   */
  timeoutMs?: number;
  /** Defaults to the global `fetch`, without a proxy where the daemon is on this machine. */
  fetch?: Fetch;
}

/** The arguments of a method. Positional `args` fill the method's parameters in their declared order. */
export interface CallArguments {
  args?: unknown[];
  kwargs?: Record<string, unknown>;
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
  readonly #baseUrl: string;
  readonly #timeoutMs: number;
  readonly #fetch: Fetch;

  /** @throws {TypeError} if `baseUrl` is not an http address. */
  constructor(baseUrl = "http://127.0.0.1:5000", { timeoutMs = DEFAULT_TIMEOUT_MS, fetch }: ServerAPIOptions = {}) {
    endpoint(baseUrl);
    this.#baseUrl = baseUrl;
    this.#timeoutMs = timeoutMs;
    this.#fetch = fetch ?? directFetch;
  }

  /** The daemon's name, version and endpoints. */
  info(): Promise<ServerInfo> {
    return this.#request("GET", [], undefined, "name");
  }

  /** Resolves while the daemon answers. */
  health(): Promise<Health> {
    return this.#request("GET", ["health"], undefined, "status");
  }

  /** Every driver with its schemas, files that failed to load included. */
  async listDrivers(): Promise<DriverStatus[]> {
    return (await this.#request<{ drivers: DriverStatus[] }>("GET", ["drivers"], undefined, "drivers")).drivers;
  }

  /** Every device. */
  async listDevices(): Promise<DeviceStatus[]> {
    return (await this.#request<{ devices: DeviceStatus[] }>("GET", ["devices"], undefined, "devices")).devices;
  }

  /** One device. */
  getDevice(id: string): Promise<DeviceStatus> {
    return this.#request("GET", ["devices", id], undefined, "device_id");
  }

  /** Creates a device. It is not connected yet. `type` is the name of its driver. */
  addDevice(id: string, type: string, params: Record<string, unknown> = {}): Promise<DeviceStatus> {
    return this.#request("POST", ["devices"], { device_id: id, device_type: type, params });
  }

  /** Stops, disconnects and removes a device. */
  removeDevice(id: string): Promise<void> {
    return this.#request("DELETE", ["devices", id]);
  }

  /** Connects a device. Idempotent. */
  connectDevice(id: string): Promise<DeviceStatus> {
    return this.#request("POST", ["devices", id, "connect"], {});
  }

  /** Disconnects a device. Idempotent. */
  disconnectDevice(id: string): Promise<DeviceStatus> {
    return this.#request("POST", ["devices", id, "disconnect"], {});
  }

  /** Disables a device: it cannot be connected until it is enabled. */
  disableDevice(id: string): Promise<DeviceStatus> {
    return this.#request("POST", ["devices", id, "disable"], {});
  }

  /** Enables a device, and connects it if it was connected before. */
  enableDevice(id: string): Promise<DeviceStatus> {
    return this.#request("POST", ["devices", id, "enable"], {});
  }

  /** The methods of a device with their parameters. */
  async getDeviceMethods(id: string): Promise<MethodDescription[]> {
    return (await this.#request<{ methods: MethodDescription[] }>(
      "GET",
      ["devices", id, "methods"],
      undefined,
      "methods",
    )).methods;
  }

  /** Calls a method of a device and returns its result. */
  async callDeviceMethod(id: string, method: string, { args, kwargs }: CallArguments = {}): Promise<unknown> {
    return (await this.#request<{ result: unknown }>(
      "POST",
      ["devices", id, "call"],
      { method, args, kwargs },
      "result",
    )).result;
  }

  /**
   * The properties of a device with their values, each read from the instrument now; one that cannot be read has its last
   * known value, and the error.
   */
  async getDeviceProperties(id: string): Promise<PropertyStatus[]> {
    return (await this.#request<{ properties: PropertyStatus[] }>(
      "GET",
      ["devices", id, "properties"],
      undefined,
      "properties",
    )).properties;
  }

  /** Reads a property of a device. */
  getDeviceProperty(id: string, name: string): Promise<PropertyValue> {
    return this.#request("GET", ["devices", id, "properties", name], undefined, "value");
  }

  /** Sets a property of a device. Resolves with the value that was read back: what the instrument says. */
  setDeviceProperty(id: string, name: string, value: unknown): Promise<PropertyValue> {
    return this.#request("PUT", ["devices", id, "properties", name], { value }, "value");
  }

  /** The properties of all devices, as their instruments say them now. */
  snapshot(): Promise<Snapshot> {
    return this.#request("GET", ["snapshot"], undefined, "devices");
  }

  /**
   * Sets the properties of a snapshot, or of a part of one, that differ. With `dryRun` it sets nothing. Resolves with the
   * changes, and with what was skipped and why.
   */
  restore(snapshot: RestoreRequest, { dryRun = false }: { dryRun?: boolean } = {}): Promise<RestoreAnswer> {
    const { devices, taken_at } = snapshot;
    return this.#request("POST", ["restore"], { devices, taken_at, dry_run: dryRun }, "changes");
  }

  /** Starts the stream of a device. It continues without readers. Idempotent. */
  startStream(id: string, { options, ...more }: StartOptions = {}): Promise<DeviceStatus> {
    return this.#request("POST", ["devices", id, "stream", "start"], { ...more, ...options });
  }

  /** Stops the stream of a device for all its readers. Idempotent. */
  stopStream(id: string): Promise<StreamStopped> {
    return this.#request("POST", ["devices", id, "stream", "stop"], {});
  }

  /** The last error of a device, or `null` when there is none. */
  async getDeviceError(id: string): Promise<ErrorReport | null> {
    const answer = await this.#request<ErrorReport | { error: ErrorReport }>("GET", ["devices", id, "error"])
      .catch(nullIfNoError);
    // Other implementations of the daemon wrap the report, as they wrap every error.
    return answer && "error" in answer ? answer.error : answer;
  }

  /** Clears the last error of a device; resolves as well when there is none. */
  async clearDeviceError(id: string): Promise<void> {
    await this.#request("DELETE", ["devices", id, "error"]).catch(nullIfNoError);
  }

  /** @param key A key of the answer, which is an object. An answer without it is not a LabDaemon's. */
  async #request<Answer>(method: string, path: string[], body?: unknown, key?: keyof Answer & string): Promise<Answer> {
    const url = endpoint(this.#baseUrl, ...path).href;
    const isAnswer = (json: unknown) =>
      key === undefined ? typeof json === "object" && json !== null || json === undefined : key in Object(json);
    return await requestJSON({ method, url, body, timeoutMs: this.#timeoutMs, fetch: this.#fetch, isAnswer }) as Answer;
  }
}

function nullIfNoError(thrown: unknown): null {
  if (thrown instanceof ServerAPIError && thrown.type === "NoError") return null;
  throw thrown;
}
