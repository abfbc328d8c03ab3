/// <reference lib="dom" />
import { SSEClient, type StreamEvent } from "../../lib/client/mod.ts";
import { DAEMON_URL } from "../page/daemon_url.ts";
import { isVisible } from "../page/visibility.ts";
import { pageFetch } from "../session/session.ts";
import { placeOf } from "./place_of.ts";
import { whileLeading } from "./election.ts";
import { ALL, isOf, nameOfStream, openChannel, type StreamKind, type TabMessage, type Want } from "./tab_messages.ts";

/** A tab that has not asked again for so long is gone. */
const WANT_MS = 5_000;
/** The time between two messages with events: so many a second can be seen. */
const BATCH_MS = 100;
const MIN_TABS = 2;
/** If the stream has not opened within this time, other streams use all six connections of the browser. */
const FULL_MS = 2_000;
/** The longest wait for a reconnect. */
const MAX_RETRY_MS = 5_000;

/**
 * The streams that one visible tab of a browser has for all others; each goes to the next tab when that is hidden or closed.
 */
export function leadTabs(): () => void {
  let abort: AbortController | undefined;
  const follow = (isShown: boolean) => {
    abort?.abort();
    abort = undefined;
    if (!isShown) return;
    const { signal } = abort = new AbortController();
    for (const kind of ["streams", "bench"] as const) whileLeading(nameOfStream(kind), signal, () => lead(kind));
  };
  const stop = isVisible.subscribe(follow);
  return () => {
    stop();
    abort?.abort();
  };
}

/** Serves the other tabs, until the returned function is called. */
function lead(kind: StreamKind): () => void {
  const wants = new Map<string, Want & { at: number }>();
  const places = new Map<string, number>();
  let epoch = "";
  let events: { id: string; data: StreamEvent }[] = [];
  let open:
    | { client: SSEClient; key: string; deviceIds: string[]; maxRate: number; isOpen: boolean; askedAt: number }
    | undefined;

  const channel = openChannel(kind, (message: TabMessage) => {
    if (message.kind === "want") wants.set(message.tab, { ...message, at: performance.now() });
    if (message.kind === "leave") wants.delete(message.tab);
  });

  const update = () => {
    for (const [tab, { at }] of wants) if (performance.now() - at > WANT_MS) wants.delete(tab);
    const all = [...wants.values()];
    const named = [...new Set(all.flatMap((want) => want.deviceIds))].sort();
    const deviceIds = named.includes(ALL) ? [ALL] : named;
    const maxRate = Math.max(0, ...all.map((want) => want.maxRate));
    const key = `${maxRate} ${deviceIds}`;
    if (open?.key === key && (open.client.isRunning() || !deviceIds.length)) return;
    // A single tab keeps its own stream.
    if (!open && all.length < MIN_TABS) return;
    void open?.client.stopStream();
    open = undefined;
    if (!deviceIds.length) return;
    for (const want of all) {
      // The daemon was started again: what was known is of another epoch.
      if (want.epoch !== epoch) places.clear();
      epoch = want.epoch;
      for (const [id, next] of Object.entries(want.places)) places.set(id, Math.min(next, places.get(id) ?? next));
    }
    open = { client: makeClient(), key, deviceIds, maxRate, isOpen: false, askedAt: performance.now() };
    const from = [...places].filter(([id]) => isOf(deviceIds, id)).map(([id, next]) => `${id}:${next - 1}`);
    const since = from.length ? [epoch, ...from].join(";") : undefined;
    const thinned = Number.isFinite(maxRate) ? { thin: "minmax" as const, max_rate: maxRate } : {};
    // This stream starts no device: the tabs' own streams have started theirs.
    const starts = kind === "bench" ? { joins: true } : { waits: true };
    open.client.startDeviceStream(deviceIds, { ...thinned, since, ...starts });
  };

  const makeClient = () => {
    const client: SSEClient = new SSEClient(DAEMON_URL, {
      fetch: pageFetch,
      maxRetryMs: MAX_RETRY_MS,
      onOpen: () => {
        if (open?.client === client) open.isOpen = true;
      },
      onEvent: ({ data, id = "" }) => {
        if (id && data.event === "device_data") places.set(data.device_id, placeOf(id).next);
        events.push({ id, data });
      },
      onError: () => {
        if (open?.client === client) open.isOpen = false;
      },
    });
    return client;
  };

  const timer = setInterval(() => {
    update();
    if (!open) return;
    if (!open.isOpen) {
      const [tab] = wants.keys();
      if (performance.now() - open.askedAt < FULL_MS || tab === undefined) return;
      open.askedAt = performance.now();
      return channel.post({ kind: "full", tab });
    }
    channel.post({ kind: "given", maxRate: open.maxRate, deviceIds: open.deviceIds, events });
    events = [];
  }, BATCH_MS);

  return () => {
    clearInterval(timer);
    void open?.client.stopStream();
    channel.close();
  };
}
