import type { ErrorReport } from "../errors.ts";
import { endpoint } from "./endpoint.ts";
import { requestJSON } from "./request.ts";
import { type Fetch, ServerAPIError } from "./server_error.ts";

/** A JSON Schema, as data. */
export type JSONSchema = Record<string, unknown>;

/** What the daemon says about itself. */
export interface ServerInfo {
  name: string;
  version: string;
  endpoints: unknown;
}

/** That the daemon is there, and its clock. */
export interface Health {
  status: string;
  timestamp: string;
}

/** A driver file, also one that failed to load: then `error` says why. */
export interface DriverDescription {
  /** The device type; `null` as long as the file has not told. */
  name: string | null;
  summary?: string;
  /** `null` for what a script registered. */
  file: string | null;
  status: "loaded" | "failed";
  error?: ErrorReport;
  params?: JSONSchema;
  options?: JSONSchema;
  sample?: JSONSchema | null;
  methods?: MethodDescription[];
  permissions?: Record<string, true | string[]> | null;
}

/** One instrument as the daemon sees it now. */
export interface Device {
  device_id: string;
  device_type: string;
  state: "disconnected" | "connecting" | "connected" | "streaming" | "retrying" | "faulted";
  connected: boolean;
  streaming: boolean;
  /** Whether its driver has a stream; `null` until the driver has told, by being connected once. */
  streams: boolean | null;
  owned_by: string | null;
  last_error: ErrorReport | null;
  params: Record<string, unknown>;
  /** What shapes its run, or one whose starter says nothing, beyond the driver's defaults. */
  options: Record<string, unknown>;
  /** What its driver may touch, by kind: everything, or a list. */
  permissions: Record<string, true | string[]>;
  restarts: number;
  /** Since when it is in its state, and when the next try is due; RFC 3339. */
  state_since: string;
  retry_at: string | null;
  /** Whether somebody has taken it out of service. */
  disabled: boolean;
  /** What its driver's process takes: memory in bytes, CPU as the part of one core. */
  process: { pid: number; memory: number; cpu: number; memory_limit: number } | null;
  /** `sequence` is the number of the next sample, `oldest` that of the oldest one to resume from; `max_age` in seconds. */
  stream: {
    epoch: string;
    sequence: number;
    readers: number;
    oldest: number;
    bytes: number;
    max_bytes: number;
    max_age: number;
  };
}

/** One parameter of a method. */
export interface MethodParameter {
  name: string;
  type: string;
  required: boolean;
  default?: unknown;
  unit?: string;
  description?: string;
}

/** A method that {@linkcode ServerAPI.callDeviceMethod} can call. */
export interface MethodDescription {
  name: string;
  doc: string;
  parameters: MethodParameter[];
  input: JSONSchema;
}

/** That a device's stream was stopped, and when. */
export interface StreamStopped {
  status: "stopped";
  device_id: string;
  timestamp: string;
}

/** Options of {@linkcode ServerAPI}. */
export interface ServerAPIOptions {
  /** The limit of each request in milliseconds, answer included. Defaults to 30 seconds. */
  timeout?: number;
  /** Defaults to the global `fetch`. */
  fetch?: Fetch;
}

/** What a method is called with. Positional `args` fill the method's parameters in their declared order. */
export interface CallArguments {
  args?: unknown[];
  kwargs?: Record<string, unknown>;
}

/**
 * The daemon's HTTP interface, one method for each call. Works in Deno, Node and browsers.
 *
 * Every method throws a {@linkcode ServerAPIError} with the daemon's message when the daemon refuses, and a
 * {@linkcode ServerConnectionError} when no answer came in time; the daemon may have acted all the same.
 *
 * @example
 * ```ts
 * import { ServerAPI } from "./server_api.ts";
 *
 * async function setUp(api = new ServerAPI("http://localhost:5000")) {
 *   await api.addDevice("daq1", "StreamingDAQ", { high: 5 });
 *   await api.connectDevice("daq1");
 *   await api.callDeviceMethod("daq1", "set_high", { kwargs: { volts: 2 } });
 * }
 * ```
 */
export class ServerAPI {
  readonly #baseUrl: string;
  readonly #timeout: number;
  readonly #fetch: Fetch;

  /** @throws {TypeError} if `baseUrl` is not an http address. */
  constructor(baseUrl = "http://localhost:5000", { timeout = 30_000, fetch }: ServerAPIOptions = {}) {
    endpoint(baseUrl);
    this.#baseUrl = baseUrl;
    this.#timeout = timeout;
    this.#fetch = fetch ?? ((url, init) => globalThis.fetch(url, init));
  }

  /** The daemon's name, version and endpoints. */
  info(): Promise<ServerInfo> {
    return this.#request("GET", []);
  }

  /** Resolves while the daemon answers. */
  health(): Promise<Health> {
    return this.#request("GET", ["health"]);
  }

  /** Every driver file with its schemas, the broken ones included. */
  async listDrivers(): Promise<DriverDescription[]> {
    return (await this.#request<{ drivers: DriverDescription[] }>("GET", ["drivers"])).drivers;
  }

  /** Every device. */
  async listDevices(): Promise<Device[]> {
    return (await this.#request<{ devices: Device[] }>("GET", ["devices"])).devices;
  }

  /** One device. */
  getDevice(id: string): Promise<Device> {
    return this.#request("GET", ["devices", id]);
  }

  /** Makes a device of a driver's type. It is not connected yet. */
  addDevice(id: string, type: string, params: Record<string, unknown> = {}): Promise<Device> {
    return this.#request("POST", ["devices"], { device_id: id, device_type: type, params });
  }

  /** Stops, disconnects and removes a device. */
  removeDevice(id: string): Promise<void> {
    return this.#request("DELETE", ["devices", id]);
  }

  /** Connects a device. Idempotent. */
  connectDevice(id: string): Promise<Device> {
    return this.#request("POST", ["devices", id, "connect"], {});
  }

  /** Disconnects a device. Idempotent. */
  disconnectDevice(id: string): Promise<Device> {
    return this.#request("POST", ["devices", id, "disconnect"], {});
  }

  /** Takes a device out of service: it cannot be connected until it is enabled. */
  disableDevice(id: string): Promise<Device> {
    return this.#request("POST", ["devices", id, "disable"], {});
  }

  /** Puts a device back into service, and connects it if it was connected before. */
  enableDevice(id: string): Promise<Device> {
    return this.#request("POST", ["devices", id, "enable"], {});
  }

  /** The methods of a device with their parameters. */
  async getDeviceMethods(id: string): Promise<MethodDescription[]> {
    return (await this.#request<{ methods: MethodDescription[] }>("GET", ["devices", id, "methods"])).methods;
  }

  /** Calls a method of a device and returns its result. */
  async callDeviceMethod(id: string, method: string, { args, kwargs }: CallArguments = {}): Promise<unknown> {
    return (await this.#request<{ result: unknown }>("POST", ["devices", id, "call"], { method, args, kwargs })).result;
  }

  /** Makes a device stream, whether or not somebody reads. Idempotent. */
  startStream(id: string, options: Record<string, unknown> = {}): Promise<Device> {
    return this.#request("POST", ["devices", id, "stream", "start"], options);
  }

  /** Ends a device's run for everyone. Idempotent. */
  stopStream(id: string): Promise<StreamStopped> {
    return this.#request("POST", ["devices", id, "stream", "stop"], {});
  }

  /** The last error of a device, or `null` when there is none. */
  async getDeviceError(id: string): Promise<ErrorReport | null> {
    const answer = await this.#request<ErrorReport | { error: ErrorReport }>("GET", ["devices", id, "error"])
      .catch(nullIfNoError);
    // Daemons of other make wrap the report, as they wrap every error.
    return answer && "error" in answer ? answer.error : answer;
  }

  /** Forgets the last error of a device; resolves as well when there is none. */
  async clearDeviceError(id: string): Promise<void> {
    await this.#request("DELETE", ["devices", id, "error"]).catch(nullIfNoError);
  }

  async #request<Answer>(method: string, path: string[], body?: unknown): Promise<Answer> {
    const url = endpoint(this.#baseUrl, ...path).href;
    return await requestJSON({ method, url, body, timeout: this.#timeout, fetch: this.#fetch }) as Answer;
  }
}

function nullIfNoError(thrown: unknown): null {
  if (thrown instanceof ServerAPIError && thrown.type === "NoError") return null;
  throw thrown;
}
