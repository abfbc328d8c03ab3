/// <reference lib="dom" />
import { signal } from "@preact/signals";
import { devices } from "../bench/bench.ts";
import { heldPurpose } from "./held_leases.ts";

/** The device whose lease a person is asked for; `undefined` while no question is open. */
export const asked = signal<{ id: string; answer(isHeld: boolean): void } | undefined>(undefined);

/** Asks for a lease of a device. Resolves to true once this tab holds it, and to false if the person does not take one. */
export function askForLease(id: string): Promise<boolean> {
  asked.peek()?.answer(false);
  const { promise, resolve } = Promise.withResolvers<boolean>();
  asked.value = {
    id,
    answer: (isHeld) => {
      asked.value = undefined;
      resolve(isHeld);
    },
  };
  return promise;
}

/** True if a command to a device would be refused: another one has leased it, or it needs a lease. */
export function needsLease(id: string): boolean {
  const device = devices.peek()?.find(({ device_id }) => device_id === id);
  if (!device || heldPurpose(device) !== undefined) return false;
  return device.lease !== null || device.lease_required;
}

/**
 * Asks for a lease before a command that needs one.
 *
 * @throws {Error} if none is taken.
 */
export async function withLease(id: string): Promise<void> {
  if (!needsLease(id) || await askForLease(id)) return;
  throw new Error(`Nothing was done: ${id} was not leased`);
}
