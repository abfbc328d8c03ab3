/**
 * Ports of this machine that a test leaves and takes again.
 *
 * @module
 */
import { until } from "./until.ts";

/** Ports below those that systems give to outgoing connections: Linux from 32768, others from 49152 on. */
const [FIRST, LAST] = [20_000, 31_999];

/**
 * A port that nothing listens at now. While its owner is away, no outgoing connection gets it, and none that is tried to it
 * connects to itself.
 */
export function freePort(): number {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST + 1));
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
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
