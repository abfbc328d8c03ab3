/// <reference lib="dom" />
/**
 * The leases that this tab holds, each of one device. The requests of the page show their tokens.
 *
 * @module
 */
import { effect, signal } from "@preact/signals";
import { type DeviceStatus, type Lease, ServerAPI } from "../../lib/client/mod.ts";
import { LEASE } from "../../lib/wire/headers.ts";
import { devices, refresh } from "../bench/bench.ts";
import { perDevice } from "../bench/per_device.ts";
import { DAEMON_URL } from "../page/daemon_url.ts";
import { leaseTokens, pageFetch } from "../session/session.ts";

/** A hidden tab renews once a minute only: browsers slow its timers down. */
const TTL_SECONDS = 120;

/** The time for which a person may wait for a device. */
const MAX_WAIT_SECONDS = 3_600;

/** The leases of this tab by their devices. */
const held = signal<ReadonlyMap<string, { lease: Lease; purpose: string; unbind(): void }>>(new Map());

/** True after a lease of this tab has ended otherwise than by its release, until the next one. */
export const isLost = perDevice(false);

/** The purpose of this tab's lease of a device; `undefined` without one. */
export function heldPurpose({ device_id, lease }: Pick<DeviceStatus, "device_id" | "lease">): string | undefined {
  const mine = held.value.get(device_id);
  return mine && mine.lease.id === lease?.lease_id ? mine.purpose : undefined;
}

/**
 * Leases a device for this tab. The lease is renewed until it is released, and ends with the tab's connection.
 *
 * @param signal Ends the wait for a device that another program has leased.
 * @throws {Error} if another program has leased the device, and `waits` is false; or the daemon's refusal.
 */
export async function take(
  id: string,
  { purpose, waits, signal }: { purpose: string; waits: boolean; signal: AbortSignal },
): Promise<void> {
  const api = new ServerAPI(DAEMON_URL, {
    fetch: (url, init) => pageFetch(url, { ...init, signal: AbortSignal.any([init!.signal!, signal]) }),
  });
  const lease = await api.lease([id], { purpose, ttl: TTL_SECONDS, ...waits && { wait: MAX_WAIT_SECONDS } });
  leaseTokens.add(lease.token);
  // Answers from before the grant are not shown any more behind this one.
  await refresh();
  const bound = new AbortController();
  held.value = new Map(held.value).set(id, { lease, purpose, unbind: () => bound.abort() });
  isLost(id).value = false;
  bind(lease, bound.signal).catch(() => {}).finally(() => bound.signal.aborted || lose(id, lease));
}

/** Releases this tab's lease of a device, which stays as it is. */
export async function release(id: string): Promise<void> {
  const mine = held.peek().get(id);
  if (!mine) return;
  drop(id, mine.lease);
  await mine.lease.release();
  mine.unbind();
  await refresh();
}

/** Resolves or rejects when the connection has ended that the lease lasts for. */
async function bind({ id, token }: Lease, signal: AbortSignal): Promise<void> {
  const response = await pageFetch(`${DAEMON_URL}/leases/${id}/connection`, { headers: { [LEASE]: token }, signal });
  const reader = response.body!.getReader();
  while (!(await reader.read()).done);
}

function drop(id: string, { token }: Lease): void {
  leaseTokens.delete(token);
  held.value = new Map([...held.peek()].filter(([device]) => device !== id));
}

/** The lease has ended, and not by its release. */
function lose(id: string, lease: Lease): void {
  const mine = held.peek().get(id);
  if (mine?.lease !== lease) return;
  drop(id, lease);
  mine.unbind();
  isLost(id).value = true;
  lease.release().catch(() => {});
}

effect(() => {
  const byId = new Map(devices.value?.map((device) => [device.device_id, device]));
  for (const [id, { lease }] of held.peek()) {
    const device = byId.get(id);
    if (device && (device.lease?.lease_id !== lease.id || device.lease.state === "ending")) lose(id, lease);
  }
});
