import { deadline, DeadlineError } from "../async/mod.ts";
import { LabError, messageOf } from "../errors.ts";
import { unpackBlock } from "../stream/block.ts";
import { ChildProcess, type Confinement, DEFAULT_CONFINEMENT } from "./child_process.ts";
import { parseConsoleLine } from "./console_line.ts";
import { unpackError } from "./driver_error.ts";
import { Heartbeat } from "./heartbeat.ts";
import type { Host, HostEvents, ProcessUsage, RequestOptions } from "./host.ts";
import { LastWords } from "./last_words.ts";
import { mebibytes } from "./mebibytes.ts";
import { readLines } from "./read_lines.ts";
import {
  BLOCK_PACKET,
  type FromProcess,
  jsonPacket,
  type Operation,
  parseMessage,
  PROTOCOL_FD,
  readPackets,
  type Request,
  type Requests,
  RESULT_PACKET,
  unpackResult,
} from "./protocol.ts";

/** What a driver's process needs to begin. */
export interface ProcessOptions extends Partial<Confinement> {
  /** Whose process it is, for messages: `"daq1"` or `streaming_daq.ts`. */
  name: string;
  /** What its errors say besides, for programs. */
  context?: Record<string, unknown>;
  /** The folder of the driver's file, readable while it is imported. */
  folder: URL;
}

/** How long the output of a process that is gone may still come. */
const DRAIN_MS = 500;

/** How long a process may live on that has closed its line to the daemon. */
const MUTE_MS = 2_000;

/** What carries packets, in words. */
const LINE = `file descriptor ${PROTOCOL_FD}, which is its host's line to the daemon`;

/** A driver in a process of its own: whatever it does, it does to itself. */
export class ProcessHost implements Host {
  readonly closed: Promise<LabError>;
  readonly #name: string;
  readonly #context: Record<string, unknown>;
  readonly #events: HostEvents;
  readonly #child: ChildProcess;
  readonly #memory: number;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;
  readonly #pending = new Map<number, PromiseWithResolvers<unknown>>();
  /** Aborts when the process is no longer needed: stops the heartbeat and the reading. */
  readonly #over = new AbortController();
  readonly #heartbeat: Heartbeat;
  #lastId = 0;
  #reason: LabError | undefined;
  #closing: Promise<void> | undefined;

  constructor({ name, context = {}, folder, ...confinement }: ProcessOptions, events: HostEvents) {
    const { permissions, memory, heartbeatTimeoutMs } = { ...DEFAULT_CONFINEMENT, ...confinement };
    this.#name = name;
    this.#context = context;
    this.#events = events;
    this.#memory = memory;
    this.#child = new ChildProcess(folder, { permissions, memory });
    this.#stdin = this.#child.stdin.getWriter();
    this.closed = this.#watch();
    // Who waits for an answer learns last: whoever follows `closed` knows by then whose fault it is.
    this.closed.then((reason) => this.#pending.forEach(({ reject }) => reject(reason)));
    const { signal } = this.#over;
    this.#heartbeat = new Heartbeat({
      pid: this.#child.pid,
      memory,
      heartbeatTimeoutMs,
      ping: (limit) => this.request("ping", {}, { attempt: "ping", limit, signal }),
      condemn: (type, what) => this.#condemn(type, what),
      signal,
    });
  }

  get usage(): ProcessUsage | undefined {
    return this.#heartbeat.usage;
  }

  async request<Op extends Operation>(
    op: Op,
    input: Requests[Op][0],
    { attempt, limit = 10_000, grace = Infinity, probe = false, signal }: RequestOptions,
  ): Promise<Requests[Op][1]> {
    if (this.#reason) throw await this.closed;
    const id = ++this.#lastId;
    const packet = requestPacket({ id, op, input } as Request, attempt);
    const answer = Promise.withResolvers<unknown>();
    this.#pending.set(id, answer);
    const answered = answer.promise.catch(() => {}).finally(() => this.#pending.delete(id));
    this.#write(packet);
    try {
      return await deadline(answer.promise, limit, signal) as Requests[Op][1];
    } catch (error) {
      if (this.#pending.has(id)) this.#write(jsonPacket({ cancel: id }));
      if (!(error instanceof DeadlineError)) throw error;
      if (probe && !await this.#heartbeat.probe()) throw await this.closed;
      this.#assertEnds(answered, attempt, grace);
      throw new LabError("DeviceTimeout", `${attempt}: no answer within ${limit} ms`, { context: this.#context });
    }
  }

  /** Kills the process, if work does not end that was told to. */
  async #assertEnds(work: Promise<unknown>, attempt: string, grace: number): Promise<void> {
    await deadline(work, grace, this.#over.signal).catch((error) => {
      if (!(error instanceof DeadlineError)) return;
      this.#reason ??= new LabError("DriverError", `${attempt}: it still ran ${grace} ms after it was told to end`, {
        type: "MethodHangs",
        context: this.#context,
      });
      this.#child.kill();
    });
  }

  close({ force = false } = {}): Promise<void> {
    if (force) this.#child.kill();
    return this.#closing ??= this.#close();
  }

  async #close(): Promise<void> {
    const message = `The process of ${this.#name} was ended`;
    this.#reason ??= new LabError("DeviceNotConnected", message, { context: this.#context });
    this.#over.abort();
    // Not awaited: a process that hangs does not read what was written before, either.
    this.#stdin.close().catch(() => {});
    await this.#child.end();
    await this.closed;
  }

  /** Ends a process that has broken its promises. */
  #condemn(type: string, what: string): void {
    this.#reason ??= this.#failure(type, what);
    this.#child.kill();
  }

  #write(packet: Uint8Array): void {
    // A write that fails means that the process is gone: #watch() tells everybody who waits.
    this.#stdin.write(packet).catch(() => {});
  }

  /** Follows the process from its start to its end, and returns why it ended. */
  async #watch(): Promise<LabError> {
    const drain = new AbortController();
    const output = this.#read(drain.signal).then(
      () => deadline(this.#child.status, MUTE_MS).catch(() => this.#condemn("ProtocolError", `closed ${LINE}`)),
      (error) =>
        this.#condemn("ProtocolError", `broke the protocol: ${messageOf(error)}; nothing else may write to ${LINE}`),
    );
    const lastWords = new LastWords();
    const console = readLines(this.#child.text, (line) => {
      lastWords.hear(line);
      const { text, level } = parseConsoleLine(line);
      this.#events.print(text, level);
    }, drain.signal);
    const status = await this.#child.status;
    const timer = setTimeout(() => drain.abort(), DRAIN_MS);
    await Promise.all([output, console]);
    clearTimeout(timer);
    this.#over.abort();
    const reason = this.#reason ??= lastWords.ranOut
      ? this.#failure("OutOfMemory", `ran out of memory; its limit is ${mebibytes(this.#memory)}`)
      : this.#failure("ProcessExited", lastWords.tell(status));
    await this.#stdin.abort().catch(() => {});
    return reason;
  }

  async #read(signal: AbortSignal): Promise<void> {
    for await (const { kind, content } of readPackets(this.#child.packets, signal)) {
      if (kind === BLOCK_PACKET) this.#events.block(unpackBlock(content));
      else if (kind === RESULT_PACKET) this.#resolve(unpackResult(content));
      else this.#receive(parseMessage(content));
    }
  }

  #receive(message: FromProcess): void {
    if ("crashed" in message) {
      const crash = unpackError(message.crashed);
      this.#reason ??= this.#failure(crash.type, `crashed: ${crash.message}`, crash.context);
    } else if ("ended" in message) this.#events.ended(message.ended && unpackError(message.ended));
    else if ("lost" in message) this.#events.lost(message.lost);
    else if ("error" in message) this.#pending.get(message.id)?.reject(unpackError(message.error));
    else this.#resolve(message);
  }

  #resolve({ id, result }: { id: number; result: unknown }): void {
    this.#pending.get(id)?.resolve(result);
  }

  #failure(type: string, what: string, context = {}): LabError {
    const message = `The process of ${this.#name} ${what}`;
    return new LabError("DriverError", message, { type, context: { ...this.#context, ...context } });
  }
}

/** @throws {LabError} `InvalidRequest`, if the input does not survive JSON. */
function requestPacket(request: Request, attempt: string): Uint8Array {
  try {
    return jsonPacket(request);
  } catch (error) {
    throw new LabError("InvalidRequest", `${attempt}: ${messageOf(error)}`, { cause: error });
  }
}
