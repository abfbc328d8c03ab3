import { deadline } from "../../async/mod.ts";
import type { FleetAccess } from "../../hub/view/hub_view.ts";
import type { AnnouncedDevice, KnownBench } from "../../hub/view/known_bench.ts";
import type { DeviceStatus } from "../../wire/device.ts";
import type { DriverStatus } from "../../wire/driver.ts";
import { fullId, withFullIds } from "./view_ids.ts";

/** An answer of a bench is used again within this time. */
const FRESH_MS = 900;

/** A bench that does not answer within this time is shown as it was announced. */
const ANSWER_MS = 1_000;

/** The number of benches up to which each is asked; with more, the page asks for the devices of one bench. */
const MAX_ASKED = 32;

/** The view itself, as a principal: rights are checked here, device by device. */
const VIEW = { name: "view", scope: "read" as const, devices: null };

/** The status of a device in a view. */
export type ViewDevice = DeviceStatus & { bench: string; stale_since: string | null };

/** The devices and drivers of benches: as the bench answers now, or as it has announced them if it does not. */
export class DeviceStatuses {
  readonly #fleet: FleetAccess;
  readonly #answers = new Map<KnownBench, { atMs: number; devices: Promise<DeviceStatus[] | undefined> }>();

  constructor(fleet: FleetAccess) {
    this.#fleet = fleet;
  }

  /** The devices of some benches. */
  async of(benches: readonly KnownBench[]): Promise<ViewDevice[]> {
    const isAsked = benches.length <= MAX_ASKED;
    const found = await Promise.all(benches.map(async (bench) => {
      const devices = isAsked && bench.isThere ? await this.#ask(bench) : undefined;
      return devices ? devices.map((device) => shown(bench, device)) : announcedDevices(bench);
    }));
    return found.flat();
  }

  /** The devices as the bench answers; `undefined` if it does not. */
  #ask(bench: KnownBench): Promise<DeviceStatus[] | undefined> {
    const now = performance.now();
    const known = this.#answers.get(bench);
    if (known && now - known.atMs < FRESH_MS) return known.devices;
    const asked = this.#fleet.ask(bench, VIEW, { method: "GET", path: "/devices" }).then(async (answer) => {
      return answer.ok ? (await answer.json()).devices as DeviceStatus[] : undefined;
    });
    const devices = deadline(asked, ANSWER_MS).catch(() => undefined);
    this.#answers.set(bench, { atMs: now, devices });
    return devices;
  }
}

/** The devices of a bench as they were announced. */
export function announcedDevices(bench: KnownBench): ViewDevice[] {
  return Array.from(bench.devices.values(), (device) => shown(bench, complete(device)));
}

/** The drivers of a bench as they were announced. */
export function driversOf({ name, drivers }: KnownBench): (DriverStatus & { bench: string })[] {
  return Array.from(drivers.values(), (driver) => ({ ...driver, bench: name }));
}

function shown(bench: KnownBench, device: DeviceStatus): ViewDevice {
  const status = withFullIds(device, bench.name) as DeviceStatus;
  return { ...status, bench: bench.name, stale_since: bench.awaySince };
}

/** An announcement has no figures that change with each sample. */
function complete({ epoch, lease, ...device }: AnnouncedDevice): DeviceStatus {
  return {
    ...device,
    ...{ warnings: [], process: null, instrument_clock: null },
    lease: lease && { ...lease, lease_id: "", expires_at: lease.since },
    stream: { epoch, sequence: 0, oldest: 0, bytes: 0, max_bytes: 0, max_age: 0, readers: 0 },
  } as unknown as DeviceStatus;
}

/** The ids of a bench's devices in a view, of those that the principal may see. */
export function seenIds(bench: KnownBench, sees: (id: string) => boolean): string[] {
  return [...bench.devices.keys()].map((id) => fullId(bench.name, id)).filter(sees);
}
