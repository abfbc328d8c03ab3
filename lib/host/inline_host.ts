import { deadline, DeadlineError } from "../async/mod.ts";
import type { Driver } from "../driver/mod.ts";
import { LabError } from "../errors.ts";
import type { Host, HostEvents, RequestOptions } from "./host.ts";
import type { Operation, Requests } from "./protocol.ts";
import { Runtime } from "./runtime/runtime.ts";

/**
 * A driver in this very process: for classes that a script registers. It costs nothing, and nothing protects the daemon
 * from it.
 */
export class InlineHost implements Host {
  readonly closed: Promise<LabError>;
  readonly #runtime: Runtime;
  readonly #over = new AbortController();
  readonly #resolve: (reason: LabError) => void;

  constructor(driver: Driver, events: HostEvents) {
    // A stream that ignores its stop cannot be ended in this process, only left unheard.
    const heard = <T>(tell: (value: T) => void) => (value: T) => this.#over.signal.aborted ? undefined : tell(value);
    this.#runtime = new Runtime({
      block: heard((block) => events.block(block)),
      sample: (sequence, payload) => this.#over.signal.aborted ? undefined : events.sample?.(sequence, payload),
      lost: heard((next) => events.lost(next)),
      ended: heard((error) => events.ended(error)),
    }, () => Promise.resolve(driver));
    ({ promise: this.closed, resolve: this.#resolve } = Promise.withResolvers<LabError>());
  }

  async request<Op extends Operation>(
    op: Op,
    input: Requests[Op][0],
    { attempt, limit = Infinity, signal }: RequestOptions,
  ): Promise<Requests[Op][1]> {
    const cancel = new AbortController();
    const waiting = signal ? AbortSignal.any([signal, this.#over.signal]) : this.#over.signal;
    try {
      return await deadline(this.#runtime.handle(op, input, cancel.signal), limit, waiting);
    } catch (error) {
      cancel.abort(error);
      if (!(error instanceof DeadlineError)) throw error;
      throw new LabError("DeviceTimeout", `${attempt}: no answer within ${limit} ms`);
    }
  }

  close(): Promise<void> {
    const reason = new LabError("DeviceNotConnected", "The device was disconnected");
    this.#over.abort(reason);
    this.#resolve(reason);
    return Promise.resolve();
  }
}
