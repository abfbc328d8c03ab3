/** The faults of an instrument on TCP, whatever it speaks. */
import type { Fault, Random } from "./faults.ts";
import type { FaultProxy } from "./fault_proxy.ts";

const MIB = 1024 * 1024;

/**
 * All faults of a line, and what ends them.
 *
 * @param driver `asks`: it asks again and again, so that it must notice a silence within its limit; `holds`: it keeps its
 * connection, so that it must notice its end. One that opens another for the next question need not.
 */
export function byteFaults(
  proxy: FaultProxy,
  { timeoutMs, asks = true, holds = true }: { timeoutMs: number; asks?: boolean; holds?: boolean },
) {
  const garbled = (garble: (bytes: Uint8Array, random: Random) => Uint8Array[]): Fault => ({
    begin: (random) => void (proxy.garble = (bytes) => garble(bytes, random)),
  });
  /** The same, where the question is not answered. */
  const unanswered = (garble: (bytes: Uint8Array, random: Random) => Uint8Array[]): Fault => ({
    ...garbled(garble),
    mustBreak: asks,
  });
  const noise = (length: number, random: Random) => Uint8Array.from({ length }, () => random(256));
  const faults: Record<string, Fault> = {
    "connection refused": { begin: () => proxy.refuse(), mustBreak: asks || holds },
    "connection closed": { begin: () => proxy.close(), mustBreak: holds },
    "connection reset": { begin: () => proxy.close({ withReset: true }), mustBreak: holds },
    "half-open": { begin: () => proxy.freeze(), mustBreak: asks },
    "peer restarted": {
      begin: async () => {
        await proxy.refuse();
        await proxy.heal();
      },
      mustBreak: holds,
    },
    "slow boot": {
      begin: async () => {
        await proxy.refuse();
        await proxy.heal();
        proxy.garble = () => [];
      },
      mustBreak: asks || holds,
    },
    "silent": unanswered(() => []),
    "half an answer": unanswered((bytes) => [bytes.subarray(0, bytes.length / 2)]),
    "late answer": { begin: () => void (proxy.delayMs = 1.5 * timeoutMs), mustBreak: asks },
    "two answers": garbled((bytes) => [bytes, bytes]),
    "garbage": garbled((bytes, random) => [noise(bytes.length, random)]),
    "garbage before an answer": garbled((bytes, random) => [noise(30, random), bytes]),
    "NUL bytes": garbled((bytes) => [new Uint8Array(40), bytes, new Uint8Array(3)]),
    "1 MB of one byte": {
      begin: (random) => {
        const pieces = [new Uint8Array(MIB).fill(random(256))];
        proxy.garble = () => pieces.splice(0);
      },
    },
    "single bytes": garbled((bytes) => Array.from(bytes, (_, i) => bytes.subarray(i, i + 1))),
  };
  return { faults, heal: () => proxy.heal() };
}
