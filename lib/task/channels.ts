import { LabError } from "../errors.ts";
import type { TaskContext } from "./task_context.ts";

/** A channel: a property of a device, the result of a method, or the next sample. */
interface Channel {
  device: string;
  kind: "property" | "method" | "sample";
  /** The name of the property or the method; of a sample, the path of a value in it, or nothing. */
  name: string;
}

const FORM = /^([A-Za-z0-9_-][\w-]*)(?:\.(\w+)(\(\))?|:([\w.]+))?$/;

/**
 * Reads a channel by its name: `psu1.current` is a property, `dmm1.measure()` a method, `daq1` the next sample of a device,
 * and `daq1:voltage` a value in it.
 *
 * @throws {LabError} `InvalidRequest` for another text; what the device refuses.
 */
export async function readChannel(context: Pick<TaskContext, "device">, channel: string): Promise<unknown> {
  const { device: id, kind, name } = parseChannel(channel);
  const device = context.device(id);
  if (kind === "property") return await device.get(name);
  if (kind === "method") return await device.call(name);
  for await (const { payload } of device.stream()) return valueAt(payload, name, channel);
  throw new LabError("DriverError", `Cannot read "${channel}": its device has ended its stream`);
}

/** The devices that the reading of some channels commands: those whose methods are called. */
export function commandedBy(channels: readonly string[]): string[] {
  return channels.map(parseChannel).filter(({ kind }) => kind === "method").map(({ device }) => device);
}

/**
 * The value at a path in a sample: `voltage`, `channels.0`. An empty path is the whole sample.
 *
 * @throws {LabError} `InvalidRequest` if there is none.
 */
export function valueAt(sample: unknown, path: string, channel: string = path): unknown {
  let value = sample;
  for (const key of path === "" ? [] : path.split(".")) {
    const isThere = typeof value === "object" && value !== null && Object.hasOwn(value, key);
    if (!isThere) throw new LabError("InvalidRequest", `Cannot read "${channel}": the sample has no ${path}`);
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

function parseChannel(text: string): Channel {
  const [, device, name, call, path = ""] = FORM.exec(text) ?? [];
  if (device === undefined) {
    const forms = "device.property, device.method(), device or device:value";
    throw new LabError("InvalidRequest", `Cannot read the channel "${text}": expected ${forms}`);
  }
  if (name === undefined) return { device, kind: "sample", name: path };
  return { device, kind: call ? "method" : "property", name };
}
