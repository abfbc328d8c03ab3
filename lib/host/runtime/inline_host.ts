import { deadline, DeadlineError } from "../../async/mod.ts";
import type { Driver } from "../../driver/mod.ts";
import { LabError } from "../../errors.ts";
import type { Host, HostEvents, RequestOptions } from "../host.ts";
import type { ProtocolOperation, ProtocolRequests } from "../protocol/protocol.ts";
import type { CallEvents } from "./method_calls.ts";
import { Runtime } from "./runtime.ts";

/**
 * A driver in the daemon's process, for classes that a script registers. Nothing protects the daemon from the driver.
 */
export class InlineHost implements Host {
  readonly closed: Promise<LabError>;
  readonly #runtime: Runtime;
  readonly #closing = new AbortController();
  readonly #resolve: (reason: LabError) => void;

  constructor(driver: Driver, events: HostEvents) {
    // A stream that ignores its stop cannot be ended in this process; its events are dropped.
    const whileOpen = <Args extends unknown[]>(emit: (...args: Args) => void) => (...args: Args) => {
      if (!this.#closing.signal.aborted) emit(...args);
    };
    this.#runtime = new Runtime({
      block: whileOpen((block) => events.block(block)),
      lost: whileOpen((next) => events.lost(next)),
      clock: whileOpen((stepMs, source) => events.clock?.(stepMs, source)),
      instrumentClock: whileOpen((status) => events.instrumentClock?.(status)),
      ended: whileOpen((error) => events.ended(error)),
      disconnected: whileOpen((error) => events.disconnected?.(error)),
      problem: whileOpen((error) => events.problem?.(error)),
      transcript: whileOpen((entries) => events.transcript?.(entries)),
      warn: whileOpen((type, message) => events.warn?.(type, message)),
      sample: events.sample && whileOpen(events.sample.bind(events)),
    }, () => Promise.resolve(driver));
    ({ promise: this.closed, resolve: this.#resolve } = Promise.withResolvers<LabError>());
  }

  async request<Op extends ProtocolOperation>(
    op: Op,
    input: ProtocolRequests[Op][0],
    { attempt, limitMs = Infinity, signal, cancel, begun, progress }: RequestOptions,
  ): Promise<ProtocolRequests[Op][1]> {
    const end = new AbortController();
    const abort = () => end.abort(cancel?.reason);
    if (cancel?.aborted) abort();
    cancel?.addEventListener("abort", abort);
    const events: CallEvents = { begun: () => begun?.(), progress: (...report) => progress?.(...report) };
    const waiting = signal ? AbortSignal.any([signal, this.#closing.signal]) : this.#closing.signal;
    try {
      return await deadline(this.#runtime.handle(op, input, end.signal, events), limitMs, waiting);
    } catch (error) {
      end.abort(error);
      if (!(error instanceof DeadlineError)) throw error;
      throw new LabError("DeviceTimeout", `${attempt}: no answer within ${limitMs} ms`);
    } finally {
      cancel?.removeEventListener("abort", abort);
    }
  }

  setFence(number: number, isLeased: boolean): void {
    this.#runtime.fence.set(number, isLeased);
  }

  close(): Promise<void> {
    const reason = new LabError("DeviceNotConnected", "The device was disconnected");
    this.#closing.abort(reason);
    this.#resolve(reason);
    return Promise.resolve();
  }
}
