import { timestamp } from "../async/clock.ts";
import { asLabError, LabError, listed, shortened } from "../errors.ts";
import { isSecretName, maskSecrets } from "../format/secrets.ts";
import type { Host } from "../host/host.ts";
import type { ProtocolRequests } from "../host/protocol/protocol.ts";
import { EncodedJson, encodeJson, eventFrame, type StreamLog } from "../stream/mod.ts";
import type { PropertyDescription } from "../wire/driver.ts";
import type { PropertyStatus, PropertyValue } from "../wire/properties.ts";
import type { CommandOrigin, Commands } from "./commands.ts";
import type { Limits } from "./supervisor/settings.ts";
import type { Supervisor } from "./supervisor/supervisor.ts";

/** The JSON text of a property's value: it goes to every reader of the device, and into snapshots. */
const MAX_VALUE_CHARS = 64 * 1024;

/** The options of setting a property. */
export interface WriteOptions {
  /** The time for which the command may wait for its turn, in milliseconds. */
  validMs?: number;
  origin?: CommandOrigin;
}

/** A value as JSON text, and when it was read or set. */
interface Known {
  text: string;
  timestamp: string;
}

/**
 * The properties of a device: values of its instrument that can be read and set. Reads and sets run under the device's
 * lock, with the same limit as method calls. A new value goes to the device's readers as an event.
 */
export class Properties {
  readonly #log: StreamLog;
  readonly #supervisor: Supervisor;
  readonly #limits: Limits;
  readonly #commands: Commands;
  /** By name, the values of the connection by {@linkcode #host}. */
  readonly #known = new Map<string, Known>();
  #host: Host | undefined;
  /** The connection whose values {@linkcode readForRecord} has read. */
  #recordedHost: Host | undefined;

  constructor(log: StreamLog, supervisor: Supervisor, limits: Limits, commands: Commands) {
    this.#log = log;
    this.#supervisor = supervisor;
    this.#limits = limits;
    this.#commands = commands;
  }

  /** The properties as the driver declares them, in its order. */
  get list(): readonly PropertyDescription[] {
    return this.#supervisor.desired.plan.source.description.properties;
  }

  /** See {@linkcode Device.getProperty}. */
  async read(name: string): Promise<PropertyValue> {
    const attempt = this.#attempt("get", name);
    const { readable } = this.#find(name, attempt);
    const host = this.#connected(attempt);
    if (!readable) return this.#lastKnown(name);
    return this.#learn(host, name, await this.#request("get", { name }, attempt), attempt);
  }

  /** See {@linkcode Device.setProperty}. */
  async write(name: string, value: unknown, { validMs, origin }: WriteOptions = {}): Promise<PropertyValue> {
    const attempt = this.#attempt("set", name);
    const { writable, schema } = this.#find(name, attempt);
    if (!writable) {
      throw new LabError("PropertyReadOnly", `${attempt}: it is read-only`, { context: this.#context(name) });
    }
    const host = this.#connected(attempt);
    const startMs = performance.now();
    const ended = (outcome: { result: unknown } | { error: unknown }) =>
      this.#commands.ended(() => ({
        event: "property_set",
        deviceId: this.#log.deviceId,
        plan: this.#supervisor.desired.plan,
        startMs,
        origin,
        about: { name },
        input: { field: "value", value, schema: isSecretName(name) ? { secret: true } : schema },
        outcome,
      }));
    try {
      const set = this.#learn(
        host,
        name,
        await this.#request("set", { name, value, fence: origin?.fence }, attempt, validMs),
        attempt,
      );
      ended({ result: this.shown(set).value });
      return set;
    } catch (error) {
      ended({ error });
      throw error;
    }
  }

  /**
   * Reads all properties, one after the other, so that methods have their turn in between. A property that cannot be
   * read has its last known value, and the error. After the time limit of one call, the remaining properties are not
   * read.
   */
  async readAll(): Promise<PropertyStatus[]> {
    const end = performance.now() + this.#limits.callMs;
    const all: PropertyStatus[] = [];
    for (const description of this.list) {
      const { name } = description;
      try {
        if (performance.now() >= end) throw this.#notRead(name);
        all.push({ ...description, ...await this.read(name) });
      } catch (thrown) {
        const error = asLabError(thrown, "InternalError").toJSON();
        all.push({ ...description, ...this.#lastKnown(name), error });
      }
    }
    return all;
  }

  /** The last known values by name, without secrets. */
  known(): Record<string, unknown> {
    const values = this.list.map(({ name }) => this.#lastKnown(name))
      .filter((it) => it.timestamp !== null && !this.isSecret(it));
    return Object.fromEntries(values.map(({ name, value }) => [name, value]));
  }

  /**
   * Reads all properties, once for each connection and within the time limit of one call: their values go to the
   * device's readers as events. Never rejects.
   */
  async readForRecord(): Promise<void> {
    if (this.list.length === 0) return;
    try {
      const host = this.#connected("Cannot get the properties");
      if (host === this.#recordedHost) return;
      this.#recordedHost = host;
    } catch {
      // Read once the device is connected.
      return;
    }
    await this.readAll();
  }

  /** The value as others may see it: with `********` in the place of secrets. */
  shown<Property extends PropertyValue>(property: Property): Property {
    const { name, value } = property;
    const schema = this.list.find((it) => it.name === name)?.schema ?? {};
    const masked = maskSecrets({ [name]: value }, { properties: { [name]: schema } });
    return { ...property, value: masked[name] };
  }

  /** True if a value is a secret, or holds one. */
  isSecret(property: PropertyValue): boolean {
    return JSON.stringify(this.shown(property).value) !== JSON.stringify(property.value);
  }

  #find(name: string, attempt: string): PropertyDescription {
    const found = this.list.find((it) => it.name === name);
    if (found) return found;
    const known = listed(this.list.map(({ name }) => name));
    const message = `${attempt}: there is no such property; known properties are ${known}`;
    throw new LabError("PropertyNotFound", message, { context: this.#context(name) });
  }

  /** The host of the connected device. Values of an earlier connection are unknown again. */
  #connected(attempt: string): Host {
    const host = this.#supervisor.host(attempt);
    if (host !== this.#host) this.#known.clear();
    this.#host = host;
    return host;
  }

  #request<Op extends "get" | "set">(
    op: Op,
    input: ProtocolRequests[Op][0],
    attempt: string,
    validMs?: number,
  ): Promise<unknown> {
    const { callMs: limitMs, stopMs: graceMs } = this.#limits;
    const context = { device_id: this.#log.deviceId, property: shortened(input.name) };
    return this.#supervisor.work(op, input, { attempt, limitMs, graceMs, validMs, waitMs: limitMs, context });
  }

  #lastKnown(name: string): PropertyValue {
    const known = this.#known.get(name);
    return { name, value: known ? JSON.parse(known.text) : null, timestamp: known?.timestamp ?? null };
  }

  /** Keeps a value of the instrument, and reports it to the readers if it has changed. */
  #learn(host: Host, name: string, result: unknown, attempt: string): PropertyValue {
    // A character takes three bytes at most: what is much too large is not decoded.
    const encoded = result instanceof EncodedJson ? result : undefined;
    const isHuge = encoded !== undefined && encoded.bytes.length > 3 * MAX_VALUE_CHARS;
    const text = isHuge ? "" : encoded?.text() ?? encodeJson(result);
    if (isHuge || text.length > MAX_VALUE_CHARS) {
      const size = isHuge ? `${encoded.bytes.length} bytes` : `${text.length} characters`;
      const found = `its value is too large: ${size} of JSON, and ${MAX_VALUE_CHARS} at most`;
      throw new LabError("DriverError", `${attempt}: ${found}; a method can return it, or a stream`, {
        type: "ValueTooLarge",
        context: this.#context(name),
      });
    }
    const known = { text, timestamp: timestamp() };
    const property = { name, value: JSON.parse(text), timestamp: known.timestamp };
    // The device may have connected again meanwhile.
    if (host !== this.#host) return property;
    const isNew = this.#known.get(name)?.text !== text;
    this.#known.set(name, known);
    if (isNew) this.#log.notify(propertyFrame(this.#log.deviceId, this.shown(property)));
    return property;
  }

  #notRead(name: string): LabError {
    const found = `the properties before it took ${this.#limits.callMs} ms`;
    return new LabError("DeviceTimeout", `${this.#attempt("get", name)}: ${found}`, { context: this.#context(name) });
  }

  #context(name: string) {
    return { device_id: this.#log.deviceId, property: shortened(name) };
  }

  #attempt(what: "get" | "set", name: string): string {
    return `Cannot ${what} "${shortened(name)}" of "${this.#log.deviceId}"`;
  }
}

/** The `property` event. */
function propertyFrame(deviceId: string, { name, value, timestamp }: PropertyValue): Uint8Array {
  return eventFrame("property", { device_id: deviceId, timestamp, name, value });
}
