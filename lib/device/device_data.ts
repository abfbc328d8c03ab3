import { DurationHistogram } from "../async/duration_histogram.ts";
import type { LabError } from "../errors.ts";
import { SecretIndex } from "../format/secret_index.ts";
import { maskSecrets, secretsIn } from "../format/secrets.ts";
import type { Confinement } from "../host/child_process.ts";
import { paramsSchema, type Plan } from "../registry/plan.ts";
import { StreamLog } from "../stream/mod.ts";
import type { DeviceState, DeviceStatus, InstrumentClockStatus, KeptIn } from "../wire/device.ts";
import type { DeviceLog } from "../wire/requests.ts";
import type { JsonSchema, MethodDescription } from "../wire/driver.ts";
import type { LeaseMark } from "../wire/leases.ts";
import type { Calls } from "./calls.ts";
import { Commands } from "./commands.ts";
import { LocalReaders } from "./local_reader.ts";
import type { CallCounts } from "./method_call.ts";
import { completeSettings, type DeviceSettings, type SomeSettings } from "./supervisor/settings.ts";
import { Supervisor } from "./supervisor/supervisor.ts";
import { transcriptFrame } from "./transcript_frame.ts";

/** The parts of a new device besides its settings. */
export interface NewDevice {
  id: string;
  plan: Plan;
  epoch: string;
  /** The number of its first sample: numbers continue when a device is removed and added again. */
  sequence: number;
  /** The calls of all devices, to which its own are added. */
  calls?: Calls;
}

/** One instrument under an id, as data: its driver, its settings and its state. */
export class DeviceData {
  readonly id: string;
  readonly log: StreamLog;
  /** The durations of the device's method calls, and the number of failed ones. */
  readonly callCounts: CallCounts = { durations: new DurationHistogram(), failed: 0 };
  /** The commands to the device, for their followers. */
  readonly commands: Commands = new Commands();
  /** From where it is added again at each start of the daemon; null for a device that lasts until the daemon stops. */
  keptIn: KeptIn | null = null;
  protected readonly settings: DeviceSettings;
  protected readonly readers: LocalReaders;
  protected readonly supervisor: Supervisor;
  #lease: () => LeaseMark | null = () => null;

  constructor({ id, plan, epoch, sequence }: NewDevice, settings: SomeSettings) {
    this.id = id;
    this.settings = completeSettings(settings);
    this.log = new StreamLog({ deviceId: id, epoch, sequence, ring: this.settings.ring });
    this.readers = new LocalReaders(this.log);
    this.supervisor = new Supervisor(plan, this.log, this.readers, this.settings, (entries) => {
      this.commands.report(() => entries.map((entry) => transcriptFrame(id, this.plan, entry)));
    });
  }

  /** The driver, the checked params and the permissions by which the device is made. */
  get plan(): Plan {
    return this.supervisor.desired.plan;
  }

  /** The limits of its process. */
  get confinement(): Confinement {
    const { memoryBytes, limits: { heartbeatTimeoutMs } } = this.settings;
    return { permissions: this.plan.permissions, memoryBytes, heartbeatTimeoutMs };
  }

  /** The device type. */
  get type(): string {
    return this.plan.source.description.name;
  }

  /** The JSON Schema of its options. */
  get options(): JsonSchema {
    return this.plan.source.description.options;
  }

  /** The names, documentation, inputs and limits of its methods. */
  get methods(): readonly MethodDescription[] {
    const limit = this.settings.limits.callMs / 1000;
    const { methods } = this.plan.source.description;
    return Number.isFinite(limit) ? methods.map((method) => ({ ...method, limit: method.limit ?? limit })) : methods;
  }

  /** The JSON Schema of the device's samples: its driver's, unless the connected device gave one of its own. */
  get sample(): JsonSchema | null {
    return this.supervisor.actual.sample ?? this.plan.source.description.sample;
  }

  /** The options of the demanded run; `undefined` if none is demanded. */
  get run(): Record<string, unknown> | undefined {
    const { demand } = this.supervisor;
    return demand.active ? demand.options : undefined;
  }

  get state(): DeviceState {
    return this.supervisor.actual.state;
  }

  /** True while the device is connected, streaming or not. */
  get isConnected(): boolean {
    return this.state === "connected" || this.state === "streaming";
  }

  /** The instrument's clock beside the host's; `null` while it is not known. */
  get instrumentClock(): InstrumentClockStatus | null {
    return this.supervisor.actual.instrumentClock;
  }

  /** The last failure, until it is cleared. */
  get lastError(): LabError | undefined {
    return this.supervisor.actual.lastError;
  }

  /** The newest lines about the device from a number on, without the secrets of its params. */
  logFrom(first: number): DeviceLog {
    const { lines } = this.supervisor;
    const secrets = new SecretIndex(secretsIn(this.plan.params, paramsSchema(this.plan)));
    const found = lines.since(first).map((line) => ({ ...line, text: secrets.removeFrom(line.text) }));
    return { device_id: this.id, lines: found, next: lines.next };
  }

  clearError(): void {
    this.supervisor.actual.lastError = undefined;
  }

  /** The device as data. */
  status(): DeviceStatus {
    const { desired, demand, actual, usage } = this.supervisor;
    const { state, canStream, canMakeSafe, lastError } = actual;
    const { group } = this.plan;
    const lease = this.#lease();
    const shared = group?.processOf(this.id);
    const memory_limit = shared?.memoryBytes ?? this.settings.memoryBytes;
    return {
      device_id: this.id,
      device_type: this.type,
      state,
      connected: this.isConnected,
      streaming: state === "streaming",
      can_stream: canStream,
      streams: canStream,
      can_make_safe: canMakeSafe,
      owned_by: lease?.owner ?? null,
      lease,
      lease_required: this.leaseRequired,
      last_error: lastError?.toJSON() ?? null,
      params: maskSecrets(this.plan.params, paramsSchema(this.plan)),
      options: maskSecrets(this.run ?? this.settings.options, this.options),
      permissions: shared?.permissions ?? this.plan.permissions,
      permissions_missing: this.plan.missing ?? {},
      restarts: actual.restarts,
      state_since: actual.since,
      retry_at: actual.retryAt,
      disabled: desired.disabled,
      warnings: actual.warnings.list(),
      instrument_clock: actual.instrumentClock,
      process: usage ? { ...usage, memory_limit } : null,
      shared_process: group && shared ? { name: group.name, devices: shared.ids } : null,
      kept_in: this.keptIn,
      ...actual.sample && { sample: actual.sample },
      stream: { ...this.log.status(), readers: demand.readers },
    };
  }

  /**
   * The lease of the device has changed.
   *
   * @param lease Its present lease, for the status.
   * @param fence The number below which the driver refuses commands from now on.
   */
  setLease(lease: (() => LeaseMark) | undefined, fence: number): void {
    this.#lease = lease ?? (() => null);
    this.supervisor.setFence(fence, lease !== undefined);
  }

  /** True if requests that command the device need a lease. */
  get leaseRequired(): boolean {
    return this.settings.lease === "required";
  }

  /** True if the instrument is made safe when the daemon ends. */
  get safeOnShutdown(): boolean {
    return this.settings.safeOnShutdown || this.supervisor.desired.isLeased;
  }
}
