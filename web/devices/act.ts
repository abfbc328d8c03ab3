/// <reference lib="dom" />
import { messageOf } from "../../lib/errors.ts";
import { ServerAPI, ServerConnectionError } from "../../lib/client/mod.ts";
import { pageFetch } from "../session/session.ts";
import { api, devices, outage, refresh } from "../bench/bench.ts";
import { perDevice } from "../bench/per_device.ts";
import { DAEMON_URL } from "../page/daemon_url.ts";
import { askForLease, needsLease } from "../leases/ask_lease.ts";
import type { Action } from "./actions.ts";
import { SAFE_REASON } from "./make_safe.ts";

/** An action of this page on a device that runs, or that failed and was not dismissed. */
export interface Attempt {
  action: Action;
  /** The error message; `undefined` while it runs. */
  failure?: string;
}

/** The newest action on a device. It outlives the view that shows it. */
export const attemptOf = perDevice<Attempt | undefined>(undefined);

/** True while this action runs on a device. */
export function isRunning(id: string, action: Action): boolean {
  const attempt = attemptOf(id).value;
  return attempt?.action === action && attempt.failure === undefined;
}

/**
 * Does an action on a device. Resolves to true if it succeeded; the page shows the error if not. A later action takes its
 * place: a slow connect can be cancelled by a disconnect. An action that needs a lease asks for one first.
 */
export async function act(id: string, action: Action): Promise<boolean> {
  const attempt = attemptOf(id);
  if (outage.value || isRunning(id, action)) return false;
  if (action !== "safe" && needsLease(id) && !await askForLease(id)) return false;
  const current = attempt.value = { action };
  const end = (outcome?: Attempt) => {
    if (attempt.value === current) attempt.value = outcome;
  };
  try {
    await REQUESTS[action](id);
    // The refresh comes first: otherwise the button would briefly offer the same action again.
    await refresh();
    end();
    return true;
  } catch (error) {
    const failure = messageOf(error);
    await refresh();
    // The device's own last error shows it already.
    const isShown = devices.value?.find(({ device_id }) => device_id === id)?.last_error?.message === failure;
    end(isShown ? undefined : { action, failure });
    return false;
  }
}

/**
 * For requests that an instrument may answer late; the device's state shows the result. Waiting requests would use up the
 * browser's six connections.
 */
const brief = new ServerAPI(DAEMON_URL, { timeoutMs: 1_000, fetch: pageFetch });

/** Ends the wait without an error when the instrument is slow. */
async function unlessSlow(request: Promise<unknown>): Promise<void> {
  await request.catch((error) => {
    if (!(error instanceof ServerConnectionError && error.type === "RequestTimeout")) throw error;
  });
}

/** @throws {Error} if the instrument may not be safe. */
async function madeSafe(id: string): Promise<void> {
  const { ok, error } = await api.makeDeviceSafe(id, SAFE_REASON);
  if (!ok) throw new Error(error?.message);
}

const REQUESTS: Record<Action, (id: string) => Promise<unknown>> = {
  connect: (id) => unlessSlow(brief.connectDevice(id)),
  disconnect: (id) => api.disconnectDevice(id),
  start: (id) => unlessSlow(brief.startStream(id)),
  stop: (id) => api.stopStream(id),
  enable: (id) => api.enableDevice(id),
  disable: (id) => api.disableDevice(id),
  safe: (id) => madeSafe(id),
  remove: (id) => api.removeDevice(id),
  dismiss: (id) => api.clearDeviceError(id),
};
