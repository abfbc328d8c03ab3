/// <reference lib="dom" />
import type { StreamEvent } from "../../lib/client/mod.ts";
import { DAEMON_URL } from "../page/daemon_url.ts";

/** The devices that a tab would get by the stream of another one, with the number of the next sample of each. */
export interface Want {
  kind: "want";
  tab: string;
  /** `*` for all devices. */
  deviceIds: string[];
  epoch: string;
  places: Record<string, number>;
  /** In Hz; infinite for each sample. */
  maxRate: number;
}

/** A tab is hidden, is closed, or has a stream of its own again. */
export interface Leave {
  kind: "leave";
  tab: string;
}

/** The stream for other tabs is open, for these devices; with the events since the last message. */
export interface Given {
  kind: "given";
  maxRate: number;
  deviceIds: string[];
  events: { id: string; data: StreamEvent }[];
}

/** There is no connection left for the stream for others: this tab closes its own stream. */
export interface Full {
  kind: "full";
  tab: string;
}

/** The messages between the tabs of one browser that show the same daemon. */
export type TabMessage = Want | Leave | Given | Full;

/** Each kind of stream has a tab that leads: that of the plots, and that of the bench, which starts no device. */
export type StreamKind = "streams" | "bench";

/** The name of a kind of stream among the tabs that show the same daemon. */
export function nameOfStream(kind: StreamKind): string {
  return `labdaemon ${kind} ${DAEMON_URL}`;
}

/** This tab among the others. */
export const TAB: string = `${performance.timeOrigin}-${Math.random()}`;

/** Opens the channel between the tabs for a kind of stream. */
export function openChannel(
  kind: StreamKind,
  onMessage: (message: TabMessage) => void,
): { post(message: TabMessage): void; close(): void } {
  const channel = new BroadcastChannel(nameOfStream(kind));
  channel.onmessage = ({ data }) => onMessage(data as TabMessage);
  return { post: (message) => channel.postMessage(message), close: () => channel.close() };
}

/** Stands for all devices, those added later included. */
export const ALL = "*";

/** True for a device that a list of ids has. */
export function isOf(deviceIds: readonly string[], id: string): boolean {
  return deviceIds.includes(ALL) || deviceIds.includes(id);
}
