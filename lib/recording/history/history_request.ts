import type { JsonSchema } from "../../wire/driver.ts";

/** A span of a device's past, as the process that reads it gets it. */
export interface HistoryRequest {
  device: string;
  /** The schema of the device's samples, for their units. */
  sample: JsonSchema | null;
  /** Microseconds since 1970; from `from` on, before `to`. */
  from: number;
  to: number;
  points: number;
  /** The names of channels; absent for all channels. */
  channels?: string[];
  /** The channels of the answer, at most. */
  maxChannels: number;
  /** The folder of all recordings; null without one. */
  root: string | null;
  /** The folders of the recordings that have something of the device. */
  folders: string[];
  /** The key of the device's present log in recordings: the frames that follow are its ring. */
  key: string;
  /** The time after which reading ends, in milliseconds. */
  maxMs: number;
}
