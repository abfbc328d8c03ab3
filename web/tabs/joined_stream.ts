/// <reference lib="dom" />
import { type DeviceStreamOptions, SSEClient, type StreamEvent } from "../../lib/client/mod.ts";
import { DAEMON_URL } from "../page/daemon_url.ts";
import { pageFetch } from "../session/session.ts";
import { SharedStream } from "./shared_stream.ts";

/** The longest wait for a reconnect, and the wait after a refusal: a person sits in front of this page. */
const MAX_RETRY_MS = 5_000;

/** The options of {@linkcode openJoinedStream}. */
export interface JoinedStreamOptions {
  /** `*` for all devices. */
  deviceIds: string[];
  /** The most samples per second of a device that are of use. */
  maxRate: number;
  /** The query of this tab's own stream, which starts no device. */
  query: DeviceStreamOptions;
  onEvent: (event: StreamEvent) => void;
  /** A stream of this tab is opened: it sends the past again. */
  onStart?: () => void;
  onOpen?: () => void;
  /** Called when this tab's stream has ended by itself. It is opened again. */
  onCut?: () => void;
}

/**
 * Opens a stream that starts no device, until the returned function is called. It is first a stream of this tab, then the
 * one that the tabs share.
 */
export function openJoinedStream(
  { deviceIds, maxRate, query, onEvent, onStart, onOpen, onCut }: JoinedStreamOptions,
): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let client: SSEClient | undefined;
  const stop = () => {
    clearTimeout(timer);
    client?.stopStream();
    client = undefined;
  };
  const start = () => {
    stop();
    onStart?.();
    const own: SSEClient = client = new SSEClient(DAEMON_URL, {
      fetch: pageFetch,
      maxRetryMs: MAX_RETRY_MS,
      onOpen: () => {
        shared.opened({ deviceIds, maxRate });
        onOpen?.();
      },
      onEvent: ({ data, id = "" }) => {
        shared.note(data, id);
        onEvent(data);
      },
      onError: (_, retryInMs) => {
        const isRefused = retryInMs === undefined && !own.isRunning();
        if (retryInMs !== undefined || isRefused) onCut?.();
        if (isRefused) timer = setTimeout(start, MAX_RETRY_MS);
      },
    });
    own.startDeviceStream(deviceIds, query);
  };
  const shared = new SharedStream("bench", { onEvent, onShared: stop, onLost: start });
  start();
  return () => {
    stop();
    shared.close();
  };
}
