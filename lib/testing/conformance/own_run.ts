import type { Questions } from "../probe/main.ts";
import { type DeviceProcess, problemOf } from "./device_process.ts";
import type { DriverUnderTest } from "./driver_under_test.ts";

/** One run of the driver's own streaming functions, called without the host's safeguards. */
export interface OwnRun {
  streamsBy: Questions["device"][1]["streamsBy"];
  /** The result for a driver with `stream`. */
  signal?: Questions["signal"][1];
  /** The result for a driver with `startStreaming`. */
  push?: Questions["push"][1];
  /** The reason why there is neither a run nor a result. */
  failure?: string;
}

/** Runs the `stream` of a connected device, or its three methods. */
export async function ownRun(
  device: DeviceProcess,
  streamsBy: "stream" | "push",
  { input: { options, limits: { sampleMs, stopMs } } }: DriverUnderTest,
): Promise<OwnRun> {
  const input = { options: await withDefaults(device, options), sampleMs, stopMs };
  const limitMs = sampleMs + 2 * stopMs + 5_000;
  try {
    if (streamsBy === "stream") return { streamsBy, signal: await device.ask("signal", input, limitMs) };
    return { streamsBy, push: await device.ask("push", input, limitMs) };
  } catch (error) {
    return { streamsBy, failure: problemOf(error) };
  }
}

/** The options as the driver gets them: validated, with defaults. */
async function withDefaults(device: DeviceProcess, options: Record<string, unknown>) {
  return await device.request("check_options", { options, attempt: "It refuses the options" }, "check the options");
}

/** True for a run that has ended at its stop, and says so. */
export function isClean({ signal, push }: OwnRun): boolean {
  if (signal) return signal.ended && !signal.endedBefore;
  if (!push) return false;
  const { isStreamingWas: { before, during, after }, stopFailed, lateSamples } = push;
  return before === false && during === true && after === false && !stopFailed && lateSamples === 0;
}
