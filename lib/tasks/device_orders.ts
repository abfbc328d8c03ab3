import type { LabDaemon } from "../daemon.ts";
import type { CommandOrigin } from "../device/commands.ts";
import type { Device } from "../device/device.ts";
import { LabError } from "../errors.ts";
import { EncodedJson } from "../stream/mod.ts";
import type { DeviceAction, TaskOrder } from "../task/task_request.ts";
import { SampleBuffer } from "./sample_buffer.ts";

/** The orders of a task that are about a device. */
export type DeviceOrder = Extract<TaskOrder, { op: "call" | "get" | "set" | "device" | "stream" | "read" | "close" }>;

/** The right of a task to its devices. */
export interface TaskRights {
  /** @throws {LabError} if the task may not command a device now. */
  assertAllowed(attempt: string, deviceId: string): void;
  /** True if the person who started the task may use a device. */
  sees(deviceId: string): boolean;
  origin(): CommandOrigin;
}

/** Carries out a task's orders to devices, as the owner of these devices. */
export class DeviceOrders {
  readonly #bench: Pick<LabDaemon, "getDevice">;
  readonly #rights: TaskRights;
  readonly #streams = new Map<number, SampleBuffer>();
  readonly #ended: AbortSignal;
  #lastStream = 0;

  /** @param ended Aborts when the run of the task has ended: its calls are cancelled. */
  constructor(bench: Pick<LabDaemon, "getDevice">, rights: TaskRights, ended: AbortSignal) {
    this.#bench = bench;
    this.#rights = rights;
    this.#ended = ended;
  }

  /** Carries out one order. Rejects with its error. */
  async do(order: DeviceOrder): Promise<unknown> {
    const signal = this.#ended;
    switch (order.op) {
      case "call": {
        const { method, args, kwargs } = order;
        const device = this.#commanded(order.device, `call "${method}" on`);
        const answer = await device.startCall({ method, args, kwargs }, { signal, origin: this.#rights.origin() })
          .answer;
        return decoded(answer);
      }
      case "get":
        return await this.#seen(order.device).getProperty(order.name);
      case "set": {
        const device = this.#commanded(order.device, `set "${order.name}" of`);
        return decoded(
          (await device.properties.write(order.name, order.value, { origin: this.#rights.origin() })).value,
        );
      }
      case "device":
        return await this.#act(order.device, order.action, order.reason);
      case "stream":
        return this.#open(order.device, order.options);
      case "read":
        return await this.#streams.get(order.stream)?.take() ?? [];
      case "close":
        this.#streams.get(order.stream)?.close();
        this.#streams.delete(order.stream);
        return null;
    }
  }

  /** Ends all streams. */
  close(): void {
    for (const stream of this.#streams.values()) stream.close();
    this.#streams.clear();
  }

  async #act(id: string, action: DeviceAction, reason = "a task asked for it") {
    const device = this.#seen(id);
    if (action === "describe") {
      const named = (all: readonly { name: string }[]) => all.map(({ name }) => name);
      return { methods: named(device.methods), properties: named(device.properties.list) };
    }
    if (action === "safe") await device.makeSafe(reason);
    else if (action === "connect" || action === "disconnect") await this.#commanded(id, action)[action]();
    return device.status();
  }

  #open(id: string, options: Record<string, unknown>): number {
    // A reader that asks for options, or that starts the device, commands it.
    const device = this.#seen(id);
    if (Object.keys(options).length > 0 || device.startsBy()) this.#commanded(id, "stream");
    const stream = ++this.#lastStream;
    this.#streams.set(stream, new SampleBuffer(device, options));
    return stream;
  }

  #seen(id: string): Device {
    if (this.#rights.sees(id)) return this.#bench.getDevice(id);
    throw new LabError("Forbidden", `Cannot use "${id}": the person who started the task may not use it`);
  }

  #commanded(id: string, what: string): Device {
    const device = this.#seen(id);
    this.#rights.assertAllowed(`Cannot ${what} "${id}"`, id);
    return device;
  }
}

function decoded(value: unknown): unknown {
  return value instanceof EncodedJson ? value.decode() : value;
}
