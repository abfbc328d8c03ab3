/// <reference lib="dom" />
import type { CallProgress } from "../../lib/client/mod.ts";
import { messageOf } from "../../lib/errors.ts";
import { api, refresh } from "../bench/bench.ts";
import { withLease } from "../leases/ask_lease.ts";
import { perDevice } from "../bench/per_device.ts";

/** One call of a method that was made from this page. */
export interface PageCall {
  /** Counts the calls. */
  number: number;
  method: string;
  given: Record<string, unknown>;
  /** The time of the call by this computer's clock. */
  time: number;
  /** The last progress that the method has reported. */
  progress?: CallProgress;
  /** Cancels the call, while it runs. */
  cancel(): void;
  /** True once the call was to be cancelled. */
  isCancelled?: boolean;
  /** The result and the duration; `undefined` while the call runs. */
  outcome?: ({ result: unknown } | { error: string }) & { ms: number };
}

/** The number of calls kept for each device. */
const MAX_SHOWN = 20;

/** The last calls of a device, the newest first. */
export const callsOf = perDevice<readonly PageCall[]>([]);

let count = 0;

/** Calls a method. The result is added to {@linkcode callsOf}; an error is thrown as well. */
export async function call(id: string, method: string, given: Record<string, unknown>): Promise<void> {
  await withLease(id);
  const calls = callsOf(id);
  const cancelling = new AbortController();
  const number = ++count;
  const change = (changes: Partial<PageCall>) => {
    calls.value = calls.value.map((it) => it.number === number ? { ...it, ...changes } : it);
  };
  const cancel = () => {
    change({ isCancelled: true });
    cancelling.abort();
  };
  const start = performance.now();
  calls.value = [{ number, method, given, time: Date.now(), cancel }, ...calls.value].slice(0, MAX_SHOWN);
  const end = (came: { result: unknown } | { error: string }) => {
    change({ outcome: { ...came, ms: performance.now() - start } });
  };
  // With both, the call takes none of the browser's six connections while it runs.
  const options = { signal: cancelling.signal, onProgress: (progress: CallProgress) => change({ progress }) };
  try {
    end({ result: await api.callDeviceMethod(id, method, { kwargs: given, ...options }) });
  } catch (error) {
    end({ error: messageOf(error) });
    throw error;
  } finally {
    // A method may have changed the device.
    await refresh();
  }
}
