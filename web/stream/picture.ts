import type { FailureSource } from "../../lib/client/mod.ts";
import type { Waveform } from "./channels.ts";
import type { PlotGap } from "./gaps.ts";
import type { Trace } from "./trace.ts";

/** The kind of drawing of a channel: of its samples so far, the kind that has the most to draw. */
export type ChannelKind = "word" | "number" | "waveform" | "image";

/** A channel of a device. */
export interface PlottedChannel {
  name: string;
  path: string[];
  kind: ChannelKind;
}

/** The state of a device that the daemon does not have. It never comes from the daemon. */
export const ABSENT = "absent";

/** A state that a device went into. */
export interface StateChange {
  /** Seconds since 1970, by the daemon's clock. */
  time: number;
  state: string;
  error?: string;
  /** The failure source of the error, as the daemon reports it. */
  source?: FailureSource;
}

/** A step of the daemon's clock between two samples. */
export interface ClockStep {
  /** In seconds; negative if the clock was set back. */
  step: number;
  /** The times of the last sample before and of the first one after; `undefined` if there is none yet. */
  from: number;
  to: number | undefined;
}

/** A waveform or an image, and which sample it was. */
export interface SeenWaveform {
  time: number;
  sequence: number;
  values: Waveform;
  /** The time between two of its values in seconds, if the driver gives it. */
  dt?: number;
  /** The numbers in a row of an image. */
  width?: number;
}

/** The data to draw of a device: the newest, or those of the moment of the halt. */
export interface Picture {
  trace: Trace;
  /** The newest last. */
  waveforms: Map<string, SeenWaveform[]>;
}

/** The states and gaps of a device, and the steps of its clock. */
export interface DeviceHistory {
  states: readonly StateChange[];
  gaps: readonly PlotGap[];
  steps: readonly ClockStep[];
  /** The time since which the page receives nothing from the daemon, in seconds since 1970. */
  outageSince: number | undefined;
}

/** A copy of a picture that later samples do not change. */
export function frozen({ trace, waveforms }: Picture): Picture {
  return {
    trace: trace.snapshot(),
    waveforms: new Map(Array.from(waveforms, ([name, list]) => [name, [...list]])),
  };
}
