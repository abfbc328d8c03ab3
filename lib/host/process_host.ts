import { abortable, deadline, DeadlineError, delay } from "../async/mod.ts";
import { LabError, messageOf } from "../errors.ts";
import { ChildProcess, type Confinement, DEFAULT_CONFINEMENT } from "./child_process.ts";
import { parseConsoleLine } from "./console_line.ts";
import { readOutput } from "./read_output.ts";
import { ExitReason } from "./exit_reason.ts";
import { Heartbeat } from "./heartbeat.ts";
import type { Host, HostEvents, ProcessUsage, RequestOptions } from "./host.ts";
import { Incoming } from "./incoming.ts";
import { JSON_PACKET, readPackets } from "./protocol/framing.ts";
import { checkHandshake, ProtocolMismatch } from "./protocol/handshake.ts";
import { FROM_PROCESS, jsonPacket, requestPacket } from "./protocol/packets.ts";
import { type Operation, PROTOCOL_FD, type Request, type Requests } from "./protocol/protocol.ts";

/** Options of {@linkcode ProcessHost}. */
export interface ProcessOptions extends Partial<Confinement> {
  /** The owner of the process, for messages: `"daq1"` or `streaming_daq.ts`. */
  name: string;
  /** Goes into the context of its errors. */
  context?: Record<string, unknown>;
  /** The driver's file and the files that it imports: readable while it is imported. */
  imports: readonly URL[];
}

/** The time for which output may arrive after the process has exited. */
const DRAIN_MS = 500;

/** The time for which a process may run on after it has closed its pipe to the daemon, or has crashed. */
const EXIT_MS = 2_000;

/** The time for which packets are taken in a row before requests and other devices have their turn. */
const MAX_TURN_MS = 5;

/** After so many messages the pipe rests, and its writer waits. A message costs more than a sample. */
const MAX_MESSAGES = 100;
const PAUSE_MS = 20;

/** The pipe for packets, for messages. */
const PIPE = `file descriptor ${PROTOCOL_FD}, its pipe to the daemon`;

/** A driver in a process of its own: no failure of the driver reaches the daemon. */
export class ProcessHost implements Host {
  readonly closed: Promise<LabError>;
  readonly #context: Record<string, unknown>;
  readonly #name: string;
  readonly #events: HostEvents;
  readonly #child: ChildProcess;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;
  readonly #incoming: Incoming;
  readonly #reason: ExitReason;
  /** Aborts when the process is no longer needed, or cannot answer: stops the heartbeat and the reading. */
  readonly #ending = new AbortController();
  readonly #heartbeat: Heartbeat;
  #lastId = 0;
  #closing: Promise<void> | undefined;

  constructor({ name, context = {}, imports, ...confinement }: ProcessOptions, events: HostEvents) {
    const { permissions, memoryBytes, heartbeatTimeoutMs } = { ...DEFAULT_CONFINEMENT, ...confinement };
    this.#name = name;
    this.#context = context;
    this.#events = events;
    this.#reason = new ExitReason({ name, context, memoryBytes });
    this.#incoming = new Incoming(events, ({ type, message, context }) => {
      if (this.#reason.error) return;
      this.#reason.fail(type, `crashed: ${message}`, context);
      this.#killUnlessExited();
    });
    this.#child = new ChildProcess(imports, { permissions, memoryBytes });
    this.#stdin = this.#child.stdin.getWriter();
    this.closed = this.#watch();
    // Requests are rejected last: the followers of `closed` know the reason by then.
    this.closed.then((reason) => this.#incoming.rejectAll(reason));
    const { signal } = this.#ending;
    this.#heartbeat = new Heartbeat({
      pid: this.#child.pid,
      memoryBytes,
      heartbeatTimeoutMs,
      ping: (limitMs) => this.request("ping", {}, { attempt: "ping", limitMs, signal }),
      terminate: (type, what) => this.#terminate(type, what),
      signal,
    });
  }

  get usage(): ProcessUsage | undefined {
    return this.#heartbeat.usage;
  }

  async request<Op extends Operation>(
    op: Op,
    input: Requests[Op][0],
    { attempt, limitMs = 10_000, graceMs = Infinity, probe = false, signal }: RequestOptions,
  ): Promise<Requests[Op][1]> {
    // A heartbeat must not wait here when the process has ended: the process is closed after its heartbeat.
    if (this.#reason.error) throw await abortable(this.closed, signal);
    const id = ++this.#lastId;
    const request = { id, op, input } as Request;
    const packet = packetOf(request, attempt);
    const answer = this.#incoming.expect(request);
    const answered = answer.catch(() => {});
    this.#write(packet);
    try {
      return await deadline(answer, limitMs, signal) as Requests[Op][1];
    } catch (error) {
      if (this.#incoming.isOpen(id)) this.#write(jsonPacket({ cancel: id }));
      if (!(error instanceof DeadlineError)) throw error;
      if (probe && !await this.#heartbeat.probe()) throw await this.closed;
      this.#killUnlessDone(answered, attempt, graceMs);
      throw new LabError("DeviceTimeout", `${attempt}: no answer within ${limitMs} ms`, { context: this.#context });
    }
  }

  /** Kills the process if the work still runs after the grace period. */
  async #killUnlessDone(work: Promise<unknown>, attempt: string, graceMs: number): Promise<void> {
    await deadline(work, graceMs, this.#ending.signal).catch((error) => {
      if (!(error instanceof DeadlineError)) return;
      const message = `${attempt}: it still ran ${graceMs} ms after its signal aborted`;
      this.#reason.set("DriverError", message, { type: "MethodHangs" });
      this.#child.kill();
    });
  }

  close({ force = false } = {}): Promise<void> {
    if (force) this.#child.kill();
    return this.#closing ??= this.#close();
  }

  async #close(): Promise<void> {
    this.#reason.set("DeviceNotConnected", `The process of ${this.#name} was ended`);
    this.#ending.abort();
    // Not awaited: a process that hangs does not read what was written before, either.
    this.#stdin.close().catch(() => {});
    await this.#child.end();
    await this.closed;
  }

  /** Kills a crashed process that does not exit: its driver can replace `Deno.exit`. */
  #killUnlessExited(): void {
    deadline(this.#child.status, EXIT_MS).catch(() => this.#child.kill());
  }

  #terminate(type: string, what: string): void {
    this.#reason.fail(type, what);
    this.#child.kill();
  }

  #write(packet: Uint8Array): void {
    // A write fails only when the process has ended, and #watch() rejects all requests then.
    this.#stdin.write(packet).catch(() => {});
  }

  /** Follows the process from its start to its exit, and returns the reason of the exit. */
  async #watch(): Promise<LabError> {
    const drain = new AbortController();
    const output = this.#read(drain.signal).then(
      () => {
        // Without its pipe it cannot answer a heartbeat.
        this.#ending.abort();
        return deadline(this.#child.status, EXIT_MS).catch(() => this.#terminate("ProtocolError", `closed ${PIPE}`));
      },
      (error) => {
        if (error instanceof ProtocolMismatch) this.#terminate("ProtocolMismatch", error.message);
        else {this.#terminate(
            "ProtocolError",
            `broke the protocol: ${messageOf(error)}; nothing else may write to ${PIPE}`,
          );}
      },
    );
    const console = readOutput(this.#child.text, {
      line: (line) => {
        this.#reason.readLine(line);
        const { text, level } = parseConsoleLine(line);
        this.#events.print(text, level);
      },
      lastLine: (line) => this.#reason.readLine(line),
      dropped: (lines, bytes) => this.#events.dropped?.(lines, bytes),
    }, drain.signal);
    const status = await this.#child.status;
    const timer = setTimeout(() => drain.abort(), DRAIN_MS);
    await Promise.all([output, console]);
    clearTimeout(timer);
    this.#ending.abort();
    const reason = this.#reason.exited(status);
    await this.#stdin.abort().catch(() => {});
    await this.#heartbeat.ended;
    return reason;
  }

  async #read(signal: AbortSignal): Promise<void> {
    let turn = performance.now();
    let messages = 0;
    const packets = readPackets(this.#child.packets, FROM_PROCESS, signal);
    const { value: first } = await packets.next();
    if (first) checkHandshake(first);
    for await (const packet of packets) {
      for (const _ of this.#incoming.take(packet)) await nextTurn();
      if (packet.kind === JSON_PACKET && ++messages % MAX_MESSAGES === 0) await delay(PAUSE_MS);
      if (performance.now() - turn < MAX_TURN_MS) continue;
      await nextTurn();
      turn = performance.now();
    }
  }
}

/** Resolves after requests and other devices have had their turn. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** @throws {LabError} `InvalidRequest`, if the input does not survive JSON, or is too large for a packet. */
function packetOf(request: Request, attempt: string): Uint8Array {
  try {
    return requestPacket(request);
  } catch (error) {
    throw new LabError("InvalidRequest", `${attempt}: ${messageOf(error)}`, { cause: error });
  }
}
