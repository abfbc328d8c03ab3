import { delay } from "../async/mod.ts";
import type { Confinement } from "./child_process.ts";
import { watchGroupMemory } from "./group_memory.ts";
import type { ProcessUsage } from "./host.ts";
import type { ProtocolRequests } from "./protocol/protocol.ts";

const HEARTBEAT_MS = 2_000;

/**
 * The time after which a process is measured. The kernel's figures take a shell and a scan of all processes of the
 * machine, too much for a process that ends sooner. The first measurement is made before the first heartbeat needs it.
 */
const MEASURED_AFTER_MS = 1_000;

/** The least limit of a probe. A method that computes for long leaves time for an answer; an endless loop does not. */
export const PROBE_MS = 2_000;

/** A timeout that fires so much too late was delayed by the daemon or the machine, not by the process. */
const LATE_MS = 500;

/** A process's answer to a heartbeat. */
type PingAnswer = ProtocolRequests["ping"][1];

/** Options of {@linkcode Heartbeat}. */
export interface HeartbeatOptions extends Pick<Confinement, "memoryBytes" | "heartbeatTimeoutMs"> {
  pid: number;
  /** The limit of a probe. */
  probeMs: number;
  /** The reason for which it does not answer, for messages. */
  blocked: string;
  /** Sends a ping. Rejects if no answer comes within the limit, in milliseconds. */
  ping: (limitMs: number) => Promise<PingAnswer>;
  /** Terminates the process. `what` describes the reason, and follows the process's name in the message. */
  terminate: (type: string, what: string) => void;
  /** Aborts when the process is ending. */
  signal: AbortSignal;
}

/**
 * Pings a process every two seconds until the signal aborts, and terminates one that does not answer, or that exceeds
 * its memory limit.
 */
export class Heartbeat {
  /** The process's use of the machine, once it is known. */
  usage: ProcessUsage | undefined;
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
  readonly #options: HeartbeatOptions;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.ended = this.#beat();
  }

  /** Pings at once, with the limit of a probe. Resolves to `false` if the process does not answer or is ending. */
  async probe(): Promise<boolean> {
    const { probeMs, heartbeatTimeoutMs } = this.#options;
    return await this.#ping(Math.min(probeMs, heartbeatTimeoutMs)) !== undefined;
  }

  async #beat(): Promise<void> {
    const { pid, memoryBytes, heartbeatTimeoutMs, terminate, signal } = this.#options;
    let before: PingAnswer | undefined;
    await delay(MEASURED_AFTER_MS, { signal }).catch(() => {});
    if (signal.aborted) return;
    // A process can lie about itself: the kernel's figure counts where there is one.
    await using group = watchGroupMemory(pid);
    for (let pause = HEARTBEAT_MS - MEASURED_AFTER_MS; !signal.aborted; pause = HEARTBEAT_MS) {
      await delay(pause, { signal }).catch(() => {});
      const now = await this.#ping(heartbeatTimeoutMs);
      if (!now) return;
      const cpu = before && now.at > before.at ? (now.cpu - before.cpu) / (now.at - before.at) : 0;
      const used = group.read() ?? now.memory;
      this.usage = {
        pid,
        memory: used,
        cpu: Math.round(Math.min(Math.max(0, cpu), navigator.hardwareConcurrency) * 1000) / 1000,
      };
      before = now;
      if (used > memoryBytes) {
        return terminate("OutOfMemory", `took ${mebibytes(used)} of memory; its limit is ${mebibytes(memoryBytes)}`);
      }
    }
  }

  /** Terminates a process that does not answer. Resolves to `undefined` if it is ending, for this or another reason. */
  async #ping(limitMs: number): Promise<PingAnswer | undefined> {
    const { ping, terminate, blocked, signal } = this.#options;
    while (!signal.aborted) {
      const start = performance.now();
      try {
        return await ping(limitMs);
      } catch {
        // If the daemon itself was blocked, the answer may have arrived and not been read: ping again.
        const isLate = performance.now() - start > limitMs + LATE_MS;
        if (signal.aborted || isLate) continue;
        const silence = `it has not answered for ${limitMs / 1000} s`;
        return void terminate("ProcessHangs", `hangs: ${blocked}, and ${silence}`);
      }
    }
  }
}

/** A number of bytes, for people: `512 MiB`. */
export function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MiB`;
}
