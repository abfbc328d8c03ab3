import { Notifier } from "../async/mod.ts";
import type { Device } from "../device/device.ts";
import type { TaskSample } from "../task/task_request.ts";

/** The limit of samples that wait for a task. Others stay in the ring, which reports a gap if it drops them. */
const MAX_SAMPLES = 1_000;

/** The samples of a device, until a task takes them. */
export class SampleBuffer {
  readonly #end = new AbortController();
  readonly #changed = new Notifier();
  #samples: TaskSample[] = [];
  #error: unknown;
  #isOver = false;

  constructor(device: Device, options: Record<string, unknown>) {
    this.#fill(device, options);
  }

  /** The samples since the last call: at least one; none at the end of the stream. */
  async take(): Promise<TaskSample[]> {
    while (this.#samples.length === 0 && !this.#isOver) await this.#changed.next();
    if (this.#samples.length === 0 && this.#error !== undefined) throw this.#error;
    const taken = this.#samples;
    this.#samples = [];
    this.#changed.notify();
    return taken;
  }

  close(): void {
    this.#end.abort();
    this.#isOver = true;
    this.#changed.notify();
  }

  async #fill(device: Device, options: Record<string, unknown>): Promise<void> {
    const { signal } = this.#end;
    try {
      for await (const event of device.events({ options, signal })) {
        if (event.event !== "device_data") continue;
        const { sequence, timestamp, payload } = event;
        this.#samples.push({ sequence, timestamp, payload });
        this.#changed.notify();
        while (this.#samples.length >= MAX_SAMPLES && !signal.aborted) await this.#changed.next();
      }
    } catch (error) {
      this.#error = error;
    }
    this.#isOver = true;
    this.#changed.notify();
  }
}
