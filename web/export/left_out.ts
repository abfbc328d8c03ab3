import type { Channel } from "../stream/device_feed.ts";

/** More names would not be read. */
const MOST_NAMES = 6;

/** A device on the page. */
export interface Shown {
  deviceId: string;
  channels: readonly Channel[];
  isChosen: (name: string) => boolean;
  /** Whether it gave no values in the time that is exported. */
  isSilent: boolean;
}

/** What of a page of plots does not go into its table, and where it is to be had: a sentence behind others, or nothing. */
export function leftOut(devices: readonly Shown[]): string {
  const named = (isMeant: (channel: Channel, device: Shown) => boolean) =>
    devices.flatMap((device) =>
      device.channels.filter((channel) => isMeant(channel, device)).map(({ name }) => `${device.deviceId} ${name}`)
    );
  const silent = devices.filter(({ isSilent }) => isSilent).map(({ deviceId }) => deviceId);
  const undrawn = named(({ kind, name }, { isChosen }) => kind !== "word" && !isChosen(name));
  const waveforms = named(({ kind, name }, { isChosen }) => kind === "waveform" && isChosen(name));
  const parts = [
    undrawn.length && `${listed(undrawn)} (not drawn: choose what to draw under “Channels”)`,
    waveforms.length && `${listed(waveforms)} (“Save as CSV” stands below each waveform)`,
    silent.length && `${listed(silent)} (no values in the time that is shown)`,
  ].filter(Boolean);
  return parts.length ? ` Not in the file: ${parts.join("; ")}.` : "";
}

function listed(names: readonly string[]): string {
  const more = names.length - MOST_NAMES;
  return more > 0 ? `${names.slice(0, MOST_NAMES).join(", ")} and ${more} more` : names.join(", ");
}
