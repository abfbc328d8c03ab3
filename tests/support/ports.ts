/**
 * Ports of this machine that a test leaves and takes again.
 *
 * @module
 */
import { until } from "./until.ts";

/** Ports below those that systems give to outgoing connections: Linux from 32768, others from 49152 on. */
const [FIRST, LAST] = [20_000, 31_999];

/**
 * The result of `listen` for a free port. While its owner is away, no outgoing connection gets the port, and none that is tried
 * to it connects to itself.
 */
export function listenOnFreePort<T>(listen: (port: number) => T): T {
  for (;;) {
    try {
      return listen(FIRST + Math.floor(Math.random() * (LAST - FIRST + 1)));
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}

/** A port for another program that nothing listens at now. A process that another test starts may keep it for some milliseconds. */
export function freePort(): number {
  return listenOnFreePort((port) => {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
    return port;
  });
}

/**
 * The result of `listen`, as soon as the port is free: a process that another test starts keeps a copy of a closed listener
 * open, for some milliseconds.
 */
export async function listenAgain<T>(port: number, listen: (port: number) => T | Promise<T>): Promise<T> {
  const listening: T[] = [];
  await until(`port ${port} is free`, async () => {
    try {
      listening.push(await listen(port));
      return true;
    } catch (error) {
      if ((error as { code?: string }).code !== "EADDRINUSE") throw error;
      return false;
    }
  });
  return listening[0];
}
