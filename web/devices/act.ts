/// <reference lib="dom" />
import { ServerAPI, ServerConnectionError } from "../../lib/client/mod.ts";
import { messageOf } from "../../lib/errors.ts";
import { api, away, devices, refresh } from "../bench/bench.ts";
import type { Action } from "./actions.ts";
import { perDevice } from "../bench/per_device.ts";

/** What somebody on this page does with a device: it is under way, or it failed and that was not yet read. */
export interface Doing {
  action: Action;
  /** What went wrong; `undefined` while it is under way. */
  failure?: string;
}

/** What is being done with a device; it outlives the view that shows it. */
export const doingOf = perDevice<Doing | undefined>(undefined);

/** Whether this is what is being done with a device now. */
export function isUnderWay(id: string, action: Action): boolean {
  const doing = doingOf(id).value;
  return doing?.action === action && doing.failure === undefined;
}

/**
 * Does it. Says whether it was done; why not is kept for the page to tell. What is asked for meanwhile takes its place:
 * a slow connect can be called off.
 */
export async function act(id: string, action: Action): Promise<boolean> {
  const doing = doingOf(id);
  if (away.value || isUnderWay(id, action)) return false;
  const mine = doing.value = { action };
  const end = (outcome?: Doing) => {
    if (doing.value === mine) doing.value = outcome;
  };
  try {
    await ASK[action](id);
    // Only then: else the button would for a moment offer again what has just been done.
    await refresh();
    end();
    return true;
  } catch (error) {
    const failure = messageOf(error);
    await refresh();
    // What the device itself says of it stands there already.
    const isTold = devices.value?.find(({ device_id }) => device_id === id)?.last_error?.message === failure;
    end(isTold ? undefined : { action, failure });
    return false;
  }
}

/**
 * An instrument may take long to answer, and then its state tells what comes of it. Requests that wait for it would leave
 * none of the browser's six connections for anything else.
 */
const brief = new ServerAPI(location.origin, { timeoutMs: 1_000 });

async function soon(asked: Promise<unknown>): Promise<void> {
  await asked.catch((error) => {
    if (!(error instanceof ServerConnectionError && error.type === "RequestTimeout")) throw error;
  });
}

const ASK: Record<Action, (id: string) => Promise<unknown>> = {
  connect: (id) => soon(brief.connectDevice(id)),
  disconnect: (id) => api.disconnectDevice(id),
  start: (id) => soon(brief.startStream(id)),
  stop: (id) => api.stopStream(id),
  enable: (id) => api.enableDevice(id),
  disable: (id) => api.disableDevice(id),
  remove: (id) => api.removeDevice(id),
  dismiss: (id) => api.clearDeviceError(id),
};
