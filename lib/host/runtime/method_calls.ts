import { type Driver, LabError } from "../../driver/mod.ts";
import { parseInput } from "../parse_input.ts";
import { cutText } from "../protocol/error_bounds.ts";
import type { ProtocolRequests } from "../protocol/protocol.ts";
import type { DeviceLock } from "./device_lock.ts";
import type { Fence } from "./fence.ts";
import type { DeviceObject } from "./stream_run.ts";

/** The events of one call. */
export interface CallEvents {
  /** The call has the device's lock: its limit begins. */
  begun(): void;
  /** The method has reported its progress. */
  progress(fraction: number | null, text: string): void;
}

/** The time between two reports of progress that are sent. */
const PROGRESS_MS = 200;

/** The maximum length of a report's text. */
const MAX_PROGRESS_CHARS = 200;

/** The device whose method is called. */
interface CalledDevice {
  driver: Driver;
  /** @throws {LabError} if the device is not open. */
  device: () => DeviceObject;
  deviceId: string;
  lock: DeviceLock;
  fence: Fence;
}

/** Calls methods of one device, under its lock. */
export class MethodCalls {
  readonly #called: CalledDevice;
  readonly #reports = new ProgressReports();

  constructor(called: CalledDevice) {
    this.#called = called;
  }

  /** @throws {LabError} `MethodNotFound`, `InvalidRequest`, `CommandExpired` or `LeaseEnded`; the method has not run then. */
  async call(
    { method, args, kwargs, valid, fence }: ProtocolRequests["call"][0],
    signal: AbortSignal,
    events?: CallEvents,
  ): Promise<unknown> {
    const { driver: { methods }, deviceId, lock, device } = this.#called;
    const definition = Object.hasOwn(methods, method) ? methods[method] : undefined;
    const attempt = `Cannot call "${method}" on "${deviceId}"`;
    if (!definition || method.startsWith("_")) throw this.#notFound(method, attempt);
    const input = definition.input
      ? parseInput(definition.input, nameArguments(definition.input.shape, args, kwargs, attempt), attempt)
      : { args, kwargs };
    return await lock.work(
      async (signal) => {
        this.#called.fence.assertCurrent(fence, attempt);
        events?.begun();
        using report = this.#reports.open((fraction, text) => events?.progress(fraction, text));
        const progress = (fraction: number | null, text?: string) => report.add(fraction, text);
        return await definition.run(device(), input, { signal, progress });
      },
      signal,
      { validMs: valid ?? Infinity, attempt },
    );
  }

  #notFound(method: string, attempt: string): LabError {
    const { driver, deviceId } = this.#called;
    const known = Object.keys(driver.methods).join(", ") || "none";
    return new LabError("MethodNotFound", `${attempt}: there is no such method; known methods are ${known}`, {
      context: { device_id: deviceId, method },
    });
  }
}

/** The reports of one device: the first at once, then the last one of each {@linkcode PROGRESS_MS}. */
class ProgressReports {
  #sentAt = -Infinity;

  /** Opens the reports of one call. They end when the result is disposed. */
  open(send: CallEvents["progress"]) {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isOpen = true;
    let last: [number | null, string] = [null, ""];
    const flush = () => {
      timer = undefined;
      this.#sentAt = performance.now();
      send(...last);
    };
    return {
      add: (fraction: number | null, text: string = "") => {
        if (!isOpen) return;
        const known = typeof fraction === "number" && Number.isFinite(fraction);
        last = [known ? Math.min(1, Math.max(0, fraction)) : null, cutText(String(text), MAX_PROGRESS_CHARS)];
        if (timer !== undefined) return;
        const waitMs = this.#sentAt + PROGRESS_MS - performance.now();
        if (waitMs <= 0) flush();
        else timer = setTimeout(flush, waitMs);
      },
      [Symbol.dispose]: () => {
        isOpen = false;
        clearTimeout(timer);
      },
    };
  }
}

/**
 * Positional arguments under the schema's keys in their declared order, together with the named ones.
 *
 * @throws {LabError} `InvalidRequest`, if there are too many or one is given twice.
 */
function nameArguments(
  shape: Record<string, unknown>,
  args: unknown[],
  kwargs: Record<string, unknown>,
  attempt: string,
): Record<string, unknown> {
  const names = Object.keys(shape);
  if (args.length > names.length) {
    const noun = names.length === 1 ? "argument" : "arguments";
    const takes = `it takes ${names.length} ${noun} (${names.join(", ")})`;
    throw new LabError("InvalidRequest", `${attempt}: ${takes}, and ${args.length} were given`);
  }
  const twice = names.slice(0, args.length).find((name) => Object.hasOwn(kwargs, name));
  if (twice !== undefined) {
    throw new LabError("InvalidRequest", `${attempt}: "${twice}" is given by position and by name`);
  }
  return Object.fromEntries([...args.map((value, i) => [names[i], value]), ...Object.entries(kwargs)]);
}
