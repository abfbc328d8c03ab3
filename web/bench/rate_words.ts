import { elapsed } from "../../lib/format/elapsed.ts";
import { withUnit } from "../words/quantities.ts";
import { type MeasuredDevice, outage } from "./bench.ts";

/** The measured rate in words. */
export function rateOf(device: MeasuredDevice): string {
  const { rate, state, streams } = device;
  if (streams === false) return "cannot stream";
  if (outage.value || device.stale_since) return "rate unknown";
  if (state !== "streaming") return "no samples";
  const silence = silenceOf(device);
  if (silence !== undefined) return silence;
  return !rate ? "rate not yet measured" : `${withUnit(rate, "Hz", 3)} measured`;
}

/** The silence of a device that streams, in words; `undefined` while samples come at its own pace. */
export function silenceOf({ state, rate, silence_ms: silence, stream }: MeasuredDevice): string | undefined {
  if (state !== "streaming" || rate !== 0) return undefined;
  if (silence !== undefined) return `no sample for ${elapsed(silence)}`;
  return stream.sequence === 0 ? "no sample yet" : undefined;
}
