import type { Device } from "../device/device.ts";
import type { InstrumentClockStatus } from "../wire/device.ts";

/** Facts of the machine, the same in every description. */
export interface Host {
  hostname: string | null;
  versions: Record<string, string>;
}

/** The description of a device in a recording: all that its samples' meaning depends on. It has no secrets. */
export class Descriptor {
  readonly #device: Device;
  readonly #host: Host;
  /** The clock that the last description has. */
  #clock = "";

  constructor(device: Device, host: Host) {
    this.#device = device;
    this.#host = host;
  }

  /** True if the clock of the instrument has become known, or was set, since the last description. */
  get isOutdated(): boolean {
    return this.#clock !== clockText(this.#device.instrumentClock);
  }

  /** The description as it is now. */
  describe(): Record<string, unknown> {
    const { source: { description, fileVersion } } = this.#device.plan;
    const { params, options, device_type, instrument_clock } = this.#device.status();
    this.#clock = clockText(instrument_clock);
    return {
      device_type,
      driver: { file: fileVersion?.file ?? null, hash: fileVersion?.hash ?? null },
      params,
      options,
      sample: description.sample,
      properties: description.properties.map(({ name, schema, writable }) => ({ name, schema, writable })),
      host: this.#host.hostname,
      versions: this.#host.versions,
      time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      utc_offset: -new Date().getTimezoneOffset() * 60,
      instrument_clock,
    };
  }
}

/** What of a clock is not measured again and again. */
function clockText(clock: InstrumentClockStatus | null): string {
  return clock ? `${clock.origin} ${clock.steps}` : "";
}
