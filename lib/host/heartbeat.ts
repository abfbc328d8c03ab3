import { delay } from "../async/mod.ts";
import type { Confinement } from "./child_process.ts";
import type { ProcessUsage } from "./host.ts";
import { mebibytes } from "./mebibytes.ts";
import type { Requests } from "./protocol.ts";

const HEARTBEAT_MS = 2_000;

/** Work that takes too long leaves its process time for an answer; a loop without end does not. */
const PROBE_MS = 2_000;

/** A limit that is told so much too late says more of the daemon, or of the machine, than of the process. */
const LATE_MS = 500;

/** What a process answers that is there. */
type Pulse = Requests["ping"][1];

/** The process whose heart it is. */
export interface HeartbeatOptions extends Pick<Confinement, "memory" | "heartbeatTimeoutMs"> {
  pid: number;
  /** Asks it. Rejects if no answer comes within the limit, in milliseconds. */
  ping: (limit: number) => Promise<Pulse>;
  /** Ends it, since it has broken its promises. */
  condemn: (type: string, what: string) => void;
  /** Aborts when it is at its end. */
  signal: AbortSignal;
}

/**
 * Whether a process is alive. Asks it every two seconds until it is at its end, and condemns one that does not answer, or
 * that takes more memory than it may.
 */
export class Heartbeat {
  /** What the process takes of the machine, once it has said so. */
  usage: ProcessUsage | undefined;
  readonly #options: HeartbeatOptions;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.#beat();
  }

  /** Asks once more, right now and with little patience. Whether the process is there. */
  async probe(): Promise<boolean> {
    return await this.#ask(Math.min(PROBE_MS, this.#options.heartbeatTimeoutMs)) !== undefined;
  }

  async #beat(): Promise<void> {
    const { pid, memory, heartbeatTimeoutMs, condemn, signal } = this.#options;
    let before: Pulse | undefined;
    while (!signal.aborted) {
      await delay(HEARTBEAT_MS, { signal }).catch(() => {});
      const now = await this.#ask(heartbeatTimeoutMs);
      if (!now) return;
      const cpu = before ? (now.cpu - before.cpu) / (now.at - before.at) : 0;
      this.usage = { pid, memory: now.memory, cpu: Math.max(0, Math.round(cpu * 1000) / 1000) };
      before = now;
      if (now.memory > memory) {
        return condemn("OutOfMemory", `took ${mebibytes(now.memory)} of memory; its limit is ${mebibytes(memory)}`);
      }
    }
  }

  /** Condemns a process that does not answer. `undefined` if it is, or was, at its end. */
  async #ask(limit: number): Promise<Pulse | undefined> {
    const { ping, condemn, signal } = this.#options;
    while (!signal.aborted) {
      const asked = performance.now();
      try {
        return await ping(limit);
      } catch {
        // Was it the daemon that was away? Then the answer may be there and has not been read: ask again.
        const isLate = performance.now() - asked > limit + LATE_MS;
        if (signal.aborted || isLate) continue;
        const silence = `it has not answered for ${limit / 1000} s`;
        return void condemn("ProcessHangs", `hangs: its event loop is blocked, and ${silence}`);
      }
    }
  }
}
