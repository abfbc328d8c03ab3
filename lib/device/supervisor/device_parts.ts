import type { Notifier } from "../../async/mod.ts";
import type { TranscriptEntry } from "../../host/protocol/protocol.ts";
import type { Plan } from "../../registry/plan.ts";
import type { StreamLog } from "../../stream/mod.ts";
import type { ActualState } from "./actual_state.ts";
import type { DesiredState } from "./desired_state.ts";
import type { DriverConsole } from "./driver_console.ts";
import type { DeviceSettings } from "./settings.ts";
import type { StreamDemand } from "./stream_demand.ts";

/** The parts of one device that its supervisor, its reconnect loop and its connections share. */
export interface DeviceParts {
  readonly id: string;
  readonly settings: DeviceSettings;
  readonly log: StreamLog;
  /** Takes each sample of a driver in this process. */
  readonly readers: { sample(sequence: number, payload: unknown): void };
  /** Takes the traffic of the device's connections. */
  transcript(entries: TranscriptEntry[]): void;
  /** Goes on with another plan: ends the connection, and connects again by it. */
  replacePlan(plan: Plan): void;
  readonly console: DriverConsole;
  readonly desired: DesiredState;
  readonly demand: StreamDemand;
  readonly actual: ActualState;
  /** Notifies of every change of `desired`, `demand`, `actual` and of the connection. */
  readonly changes: Notifier;
}
