import type { Device } from "../device/device.ts";
import type { InstrumentClockStatus } from "../wire/device.ts";
import type { JsonSchema } from "../wire/driver.ts";

/** Facts of the machine, the same in every description. */
export interface RecordingHost {
  hostname: string | null;
  versions: Record<string, string>;
}

/** A device is described again after this time: who looks for its settings at some time reads no more than that. */
const MAX_AGE_MS = 600_000;

/**
 * The description of a device in a recording: all facts that the meaning of its samples depends on. It has no secrets.
 */
export class Descriptor {
  readonly #device: Device;
  readonly #host: RecordingHost;
  /** The clock that the last description has. */
  #clock = "";
  #describedMs = 0;
  /** The schema of the samples that the last description has. */
  #sample: JsonSchema | null = null;

  constructor(device: Device, host: RecordingHost) {
    this.#device = device;
    this.#host = host;
  }

  /** True if the clock of the instrument, or the schema of the samples, is another than in the last description, or that is old. */
  get isOutdated(): boolean {
    return performance.now() - this.#describedMs > MAX_AGE_MS || this.#sample !== this.#device.sample ||
      this.#clock !== clockText(this.#device.instrumentClock);
  }

  /** The present description. */
  describe(): Record<string, unknown> {
    const { source: { description, fileVersion } } = this.#device.plan;
    const { params, options, device_type, instrument_clock, state } = this.#device.status();
    this.#describedMs = performance.now();
    this.#clock = clockText(instrument_clock);
    this.#sample = this.#device.sample;
    return {
      device_type,
      driver: { file: fileVersion?.file ?? null, hash: fileVersion?.hash ?? null },
      params,
      options,
      sample: this.#sample,
      properties: description.properties.map(({ name, schema, writable }) => ({ name, schema, writable })),
      property_values: this.#device.properties.known(),
      state,
      host: this.#host.hostname,
      versions: this.#host.versions,
      time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      utc_offset: -new Date().getTimezoneOffset() * 60,
      instrument_clock,
    };
  }
}

/** The properties of a clock that are measured once. */
function clockText(clock: InstrumentClockStatus | null): string {
  return clock ? `${clock.origin} ${clock.steps}` : "";
}
