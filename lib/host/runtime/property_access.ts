import { z } from "zod";
import type { Driver } from "../../driver/contract.ts";
import type { PropertyDefinition } from "../../driver/property.ts";
import { LabError } from "../../errors.ts";
import { parseInput } from "../parse_input.ts";
import type { ProtocolRequests } from "../protocol/protocol.ts";
import type { DeviceLock } from "./device_lock.ts";
import type { Fence } from "./fence.ts";
import type { CallEvents } from "./method_calls.ts";
import type { DeviceObject } from "./stream_run.ts";

/**
 * The device whose properties are read and set. The first two functions throw before the device exists and after its
 * end.
 */
interface PropertyOwner {
  driver(): Driver;
  device(): DeviceObject;
  /** For messages. */
  id(): string;
}

/** Reads and sets the properties of a device, under its lock. */
export class PropertyAccess {
  readonly #lock: DeviceLock;
  readonly #fence: Fence;
  readonly #owner: PropertyOwner;

  constructor(lock: DeviceLock, fence: Fence, owner: PropertyOwner) {
    this.#lock = lock;
    this.#fence = fence;
    this.#owner = owner;
  }

  async get({ name, valid }: ProtocolRequests["get"][0], signal: AbortSignal, events?: CallEvents): Promise<unknown> {
    const attempt = `Cannot get "${name}" of "${this.#owner.id()}"`;
    const { get } = propertyOf(this.#owner.driver(), name, "get", attempt);
    const work = (signal: AbortSignal) => {
      events?.begun();
      return get(this.#owner.device(), { signal });
    };
    return await this.#lock.work(work, signal, { validMs: valid ?? Infinity, attempt });
  }

  /** Sets a property, and reads it back if it can be read. */
  async set(
    { name, value, valid, fence }: ProtocolRequests["set"][0],
    signal: AbortSignal,
    events?: CallEvents,
  ): Promise<unknown> {
    const attempt = `Cannot set "${name}" of "${this.#owner.id()}"`;
    const { schema, get, set } = propertyOf(this.#owner.driver(), name, "set", attempt);
    const checked = parseInput(z.strictObject({ value: schema }), { value }, attempt).value;
    const work = async (signal: AbortSignal) => {
      this.#fence.assertCurrent(fence, attempt);
      events?.begun();
      const device = this.#owner.device();
      await set(device, checked, { signal });
      return get ? await get(device, { signal }) : checked;
    };
    return await this.#lock.work(work, signal, { validMs: valid ?? Infinity, attempt });
  }
}

type Definition = PropertyDefinition<unknown>;

/**
 * A property that has a `get`, or a `set`. The daemon has checked that before, by the description of the driver.
 *
 * @throws {LabError} `PropertyNotFound`, if there is none.
 */
function propertyOf<Access extends "get" | "set">(
  { properties }: Driver,
  name: string,
  access: Access,
  attempt: string,
): Definition & Required<Pick<Definition, Access>> {
  const definition = Object.hasOwn(properties, name) ? properties[name] : undefined;
  if (definition?.[access]) return definition as Definition & Required<Pick<Definition, Access>>;
  const known = Object.keys(properties).filter((it) => properties[it][access]).join(", ") || "none";
  throw new LabError("PropertyNotFound", `${attempt}: there is no such property; known properties are ${known}`);
}
