import { abortable, deadline, DeadlineError } from "../async/mod.ts";
import { LabError, messageOf } from "../errors.ts";
import type { Host, HostEvents, ProcessUsage, RequestOptions } from "./host.ts";
import { Incoming } from "./incoming.ts";
import { FENCING_API } from "./protocol/handshake.ts";
import { jsonPacket, requestPacket } from "./protocol/packets.ts";
import type { ProtocolOperation, ProtocolRequests, Request } from "./protocol/protocol.ts";

/** The process of a {@linkcode ProcessHost}, as its seats use it. */
export interface SeatOwner {
  /** Resolves when it has ended. */
  readonly closed: Promise<LabError>;
  readonly usage: ProcessUsage | undefined;
  /** The limits of the program, as it has reported them. */
  readonly sandbox: string | undefined;
  /** The version of the driver API of its program; 0 before its handshake. */
  readonly driverApi: number;
  /** True once the process ends, for any reason. */
  readonly isEnding: boolean;
  /** Another number for each request. */
  nextId(): number;
  write(packet: Uint8Array): void;
  /** Pings it at once. Resolves to `false` if it does not answer or is ending. */
  probe(): Promise<boolean>;
  /** The reason of the process's end, from the view of a seat. */
  reasonFor(host: ProcessHost): LabError;
  /** Kills it because of a seat's device, which does not stop. */
  kill(host: ProcessHost): void;
  /** The code of a seat has crashed. */
  crashed(host: ProcessHost, error: LabError): void;
  /** Gives up a seat. The last seat ends the process; resolves when that is done. */
  leave(host: ProcessHost): Promise<void>;
}

/** One device's seat in a driver's process, most often the only one: no failure of the driver reaches the daemon. */
export class ProcessHost implements Host {
  readonly closed: Promise<LabError>;
  /** The number of the seat in the process. */
  readonly seat: number;
  /** The owner of the seat, for messages: `"daq1"` or `streaming_daq.ts`. */
  readonly name: string;
  /** Goes into the context of its errors. */
  readonly context: Record<string, unknown>;
  readonly events: HostEvents;
  /** The events that the process sends for it. */
  readonly incoming: Incoming;
  /** True if the process has ended because of another device, or of one that is not known. */
  isEndedByOther = false;
  readonly #process: SeatOwner;
  readonly #resolve: (reason: LabError) => void;
  #closing: Promise<void> | undefined;

  constructor(
    process: SeatOwner,
    { seat, name, context = {} }: { seat: number; name: string; context?: Record<string, unknown> },
    events: HostEvents,
  ) {
    this.#process = process;
    this.seat = seat;
    this.name = name;
    this.context = context;
    this.events = events;
    this.incoming = new Incoming(events, (error) => process.crashed(this, error));
    ({ promise: this.closed, resolve: this.#resolve } = Promise.withResolvers<LabError>());
    // Requests are rejected last: the followers of `closed` know the reason by then.
    this.closed.then((reason) => this.incoming.rejectAll(reason));
    process.closed.then(() => this.#resolve(process.reasonFor(this)));
  }

  get usage(): ProcessUsage | undefined {
    return this.#process.usage;
  }

  get sandbox(): string | undefined {
    return this.#process.sandbox;
  }

  async request<Op extends ProtocolOperation>(
    op: Op,
    input: ProtocolRequests[Op][0],
    options: RequestOptions,
  ): Promise<ProtocolRequests[Op][1]> {
    const { attempt, limitMs = 10_000, probe = false, signal, cancel } = options;
    if (this.#process.isEnding || this.#closing) throw await abortable(this.closed, signal);
    const id = this.#process.nextId();
    const request = { id, op, input } as Request;
    const packet = packetOf(this.seat, request, attempt);
    const answer = this.incoming.expect(request, options);
    this.#process.write(packet);
    const sendCancel = () => {
      if (this.incoming.isOpen(id)) this.#process.write(jsonPacket(this.seat, { cancel: id }));
    };
    if (cancel?.aborted) sendCancel();
    cancel?.addEventListener("abort", sendCancel);
    try {
      return await deadline(answer, limitMs, signal) as ProtocolRequests[Op][1];
    } catch (error) {
      sendCancel();
      if (!(error instanceof DeadlineError)) throw error;
      if (probe && !await this.#process.probe()) throw await this.closed;
      throw new LabError("DeviceTimeout", `${attempt}: no answer within ${limitMs} ms`, { context: this.context });
    } finally {
      cancel?.removeEventListener("abort", sendCancel);
    }
  }

  setFence(number: number, isLeased: boolean): void {
    if (this.#process.driverApi < FENCING_API || this.#process.isEnding || this.#closing) return;
    this.#process.write(jsonPacket(this.seat, { fence: number, leased: isLeased }));
  }

  close({ force = false } = {}): Promise<void> {
    if (force) this.#process.kill(this);
    return this.#closing ??= this.#close();
  }

  async #close(): Promise<void> {
    await this.#process.leave(this);
    this.#resolve(new LabError("DeviceNotConnected", `${this.name} was disconnected`, { context: this.context }));
    await this.closed;
  }
}

/** @throws {LabError} `InvalidRequest`, if the input does not survive JSON, or is too large for a packet. */
function packetOf(seat: number, request: Request, attempt: string): Uint8Array {
  try {
    return requestPacket(seat, request);
  } catch (error) {
    throw new LabError("InvalidRequest", `${attempt}: ${messageOf(error)}`, { cause: error });
  }
}
