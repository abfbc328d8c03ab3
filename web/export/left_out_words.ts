import type { PlottedChannel } from "../stream/picture.ts";

/** A longer list would not be read. */
const MAX_NAMES = 6;

/** A device on the page. */
export interface ExportedDevice {
  deviceId: string;
  channels: readonly PlottedChannel[];
  isChosen: (name: string) => boolean;
  /** True if it has no values in the exported time range. */
  isSilent: boolean;
}

/** A sentence on the channels that the table leaves out, and where to get them; empty if it has all. */
export function leftOutWords(devices: readonly ExportedDevice[]): string {
  const named = (isMeant: (channel: PlottedChannel, device: ExportedDevice) => boolean) =>
    devices.flatMap((device) =>
      device.channels.filter((channel) => isMeant(channel, device)).map(({ name }) => `${device.deviceId} ${name}`)
    );
  const silent = devices.filter(({ isSilent }) => isSilent).map(({ deviceId }) => deviceId);
  const undrawn = named(({ kind, name }, { isChosen }) => kind !== "word" && !isChosen(name));
  const waveforms = named(({ kind, name }, { isChosen }) =>
    (kind === "waveform" || kind === "image") && isChosen(name)
  );
  const parts = [
    undrawn.length && `${listed(undrawn)} (not drawn: choose what to draw under “Channels”)`,
    waveforms.length && `${listed(waveforms)} (“Save as CSV” stands below each waveform)`,
    silent.length && `${listed(silent)} (no values in the time that is shown)`,
  ].filter(Boolean);
  return parts.length ? ` Not in the file: ${parts.join("; ")}.` : "";
}

function listed(names: readonly string[]): string {
  const more = names.length - MAX_NAMES;
  return more > 0 ? `${names.slice(0, MAX_NAMES).join(", ")} and ${more} more` : names.join(", ");
}
