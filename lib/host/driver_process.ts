import { deadline } from "../async/mod.ts";
import { LabError, messageOf } from "../errors.ts";
import { ChildProcess, type Confinement, DEFAULT_CONFINEMENT } from "./child_process.ts";
import { parseConsoleLine } from "./console_line.ts";
import { readOutput } from "./read_output.ts";
import { ExitReason } from "./exit_reason.ts";
import { Heartbeat, PROBE_MS } from "./heartbeat.ts";
import { type HostEvents, IGNORE_EVENTS, type ProcessUsage } from "./host.ts";
import { Incoming } from "./incoming.ts";
import type { LinkedRuntime } from "./linked/linked_runtime.ts";
import { ProcessHost, type SeatOwner } from "./process_host.ts";
import type { HostProgram } from "./python_host.ts";
import { JSON_PACKET, MAX_SEAT, type Packet, PROCESS_SEAT } from "./protocol/framing.ts";
import { LargePipe } from "./protocol/large_pipe.ts";
import { ProtocolMismatch } from "./protocol/check_handshake.ts";
import { jsonPacket } from "./protocol/packets.ts";
import { type Handshake, PROTOCOL_FD, type ProtocolRequests, type Request } from "./protocol/protocol.ts";
import { takePackets } from "./take_packets.ts";

/** Options of {@linkcode DriverProcess}. */
export interface ProcessOptions extends Partial<Confinement> {
  /** The owner of the process, for messages: `"daq1"`, `streaming_daq.ts` or `bus "rs485"`. */
  name: string;
  /** Goes into the context of its errors. */
  context?: Record<string, unknown>;
  /** The drivers' files and the files that they import: readable while they are imported. */
  imports: readonly URL[];
  /** Present for a process of several devices. */
  shared?: SharedProcessOptions;
  /** The library as one file, for a faster start. */
  runtime?: LinkedRuntime;
  /** Another program that runs drivers. */
  host?: HostProgram;
  /** The time for which a driver may keep the process from answering, in milliseconds. */
  blockingMs?: number;
}

/** The further options of a process of several devices. */
export interface SharedProcessOptions {
  /** The number of driver files that it imports. */
  drivers: number;
  /** Lines that are of no device's console. */
  output: Pick<HostEvents, "print" | "dropped">;
}

/** The time for which output may arrive after the process has exited. */
const DRAIN_MS = 500;

/** The time for which a process may run on after it has closed its pipe to the daemon, or has crashed. */
const EXIT_MS = 2_000;

/** The pipe for packets, for messages. */
const PIPE = `file descriptor ${PROTOCOL_FD}, its pipe to the daemon`;

/** A process that runs drivers, and its seats: most often one, several for devices that share a process. */
export class DriverProcess implements SeatOwner {
  readonly closed: Promise<LabError>;
  readonly #name: string;
  readonly #shared: SharedProcessOptions | undefined;
  readonly #child: ChildProcess;
  readonly #pipe: LargePipe;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;
  /** The seats that are taken. */
  readonly #seats = new Map<number, ProcessHost>();
  /** The answers to pings and to the loading of drivers. */
  readonly #self: Incoming;
  readonly #reason: ExitReason;
  /** The seat whose device has ended the process; known before the process has ended, or never. */
  #endedBy: ProcessHost | undefined;
  /** Aborts when the process is no longer needed, or cannot answer: stops the heartbeat and the reading. */
  readonly #ending = new AbortController();
  readonly #heartbeat: Heartbeat;
  #sandbox: string | undefined;
  #driverApi = 0;
  #lastId = 0;
  #lastSeat = PROCESS_SEAT;
  #closing: Promise<void> | undefined;

  constructor({ name, context = {}, imports, shared, runtime, host, blockingMs = 0, ...confinement }: ProcessOptions) {
    const { permissions, memoryBytes, heartbeatTimeoutMs } = { ...DEFAULT_CONFINEMENT, ...confinement };
    this.#name = name;
    this.#shared = shared;
    this.#reason = new ExitReason({ name, context, memoryBytes });
    this.#self = new Incoming(IGNORE_EVENTS, (error) => this.crashed(undefined, error));
    this.#child = new ChildProcess(imports, { permissions, memoryBytes }, {
      drivers: shared?.drivers ?? 1,
      shared: shared !== undefined,
    }, { runtime, host });
    this.#pipe = new LargePipe(this.#child.pid);
    this.#stdin = this.#child.stdin.getWriter();
    this.closed = this.#watch();
    this.closed.then((reason) => this.#self.rejectAll(reason));
    const { signal } = this.#ending;
    this.#heartbeat = new Heartbeat({
      pid: this.#child.pid,
      memoryBytes,
      heartbeatTimeoutMs: Math.max(heartbeatTimeoutMs, blockingMs),
      probeMs: Math.max(PROBE_MS, blockingMs),
      blocked: host
        ? "its interpreter is blocked (a driver whose SDK does that declares blocking=<seconds>)"
        : "its event loop is blocked",
      ping: (limitMs) =>
        this.#ask({ id: this.nextId(), op: "ping", input: {} }, limitMs) as Promise<ProtocolRequests["ping"][1]>,
      terminate: (type, what) => {
        // The device that the daemon waits for, if it waits for one only.
        const awaited = [...this.#seats.values()].filter(({ incoming }) => incoming.isAwaited);
        this.#terminate(type, what, awaited.length === 1 && type === "ProcessHangs" ? awaited[0] : undefined);
      },
      signal,
    });
  }

  get usage(): ProcessUsage | undefined {
    return this.#heartbeat.usage;
  }

  get sandbox(): string | undefined {
    return this.#sandbox;
  }

  get driverApi(): number {
    return this.#driverApi;
  }

  get isEnding(): boolean {
    return this.#reason.error !== undefined;
  }

  /** The seats that are taken. */
  get hosts(): ProcessHost[] {
    return [...this.#seats.values()];
  }

  /** Imports a driver, before its devices take seats. */
  load(input: ProtocolRequests["load"][0], limitMs: number): Promise<unknown> {
    return this.#ask({ id: this.nextId(), op: "load", input }, limitMs);
  }

  /** Takes a seat. Its number was never used before. */
  open(owner: { name: string; context?: Record<string, unknown> }, events: HostEvents): ProcessHost {
    const seat = ++this.#lastSeat;
    if (seat > MAX_SEAT) throw new RangeError(`the process of ${this.#name} has had ${MAX_SEAT} devices`);
    const host = new ProcessHost(this, { ...owner, seat }, events);
    this.#seats.set(seat, host);
    return host;
  }

  nextId(): number {
    return ++this.#lastId;
  }

  write(packet: Uint8Array): void {
    // A write fails only when the process has ended, and #watch() rejects all requests then.
    this.#stdin.write(packet).catch(() => {});
  }

  probe(): Promise<boolean> {
    return this.#heartbeat.probe();
  }

  reasonFor(host: ProcessHost): LabError {
    const reason = this.#reason.error!;
    if (!this.#shared) return reason;
    const { code, type } = reason;
    const context = { ...reason.context, ...host.context };
    const endedBy = this.#endedBy ?? (this.#seats.size === 1 ? host : undefined);
    host.isEndedByOther = endedBy !== host;
    if (endedBy === host) return new LabError(code, reason.message, { type, context });
    const why = endedBy ? `because of ${endedBy.name}` : "and it is not known which of its devices is the reason";
    return new LabError(code, `${host.name} has lost its process, ${why}: ${reason.message}`, { type, context });
  }

  kill(host: ProcessHost): void {
    this.#endedBy ??= host;
    if (this.#seats.size > 1) this.#reason.fail("ProcessKilled", `was killed: ${host.name} did not stop`);
    this.#child.kill();
  }

  crashed(host: ProcessHost | undefined, { type, message, context }: LabError): void {
    if (this.isEnding) return;
    this.#endedBy ??= host;
    this.#reason.fail(type, `crashed: ${message}`, context);
    // Kills a crashed process that does not exit: its driver can replace `Deno.exit`.
    deadline(this.#child.status, EXIT_MS).catch(() => this.#child.kill());
  }

  async leave(host: ProcessHost): Promise<void> {
    if (this.#seats.size === 1 && this.#seats.has(host.seat)) return await this.close();
    if (this.isEnding) return void await this.closed;
    this.write(jsonPacket(host.seat, { release: true }));
    this.#seats.delete(host.seat);
  }

  /** Ends the process: closes its stdin, then sends SIGTERM, then SIGKILL. Idempotent. */
  close(): Promise<void> {
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

  /** Sends a request to the process itself. */
  async #ask(request: Request, limitMs: number): Promise<unknown> {
    const { signal } = this.#ending;
    signal.throwIfAborted();
    const answer = this.#self.expect(request);
    this.write(jsonPacket(PROCESS_SEAT, request));
    return await deadline(answer, limitMs, signal);
  }

  #terminate(type: string, what: string, endedBy?: ProcessHost): void {
    this.#endedBy ??= endedBy;
    this.#reason.fail(type, what);
    this.#child.kill();
  }

  #broke(error: unknown, endedBy?: ProcessHost): void {
    if (error instanceof ProtocolMismatch) return this.#terminate("ProtocolMismatch", error.message);
    const what = `broke the protocol: ${messageOf(error)}; nothing else may write to ${PIPE}`;
    this.#terminate("ProtocolError", what, endedBy);
  }

  /** Follows the process from its start to its exit, and returns the reason of the exit. */
  async #watch(): Promise<LabError> {
    const drain = new AbortController();
    const greeted = ({ sandbox, driver_api }: Handshake["hello"]) => {
      this.#sandbox = sandbox;
      if (sandbox === "landlock") this.#child.portsAreLimited();
      this.#driverApi = driver_api;
    };
    const output = takePackets(this.#child.packets, (packet) => this.#take(packet), drain.signal, greeted).then(
      () => {
        // Without its pipe it cannot answer a heartbeat.
        this.#ending.abort();
        return deadline(this.#child.status, EXIT_MS).catch(() => this.#terminate("ProtocolError", `closed ${PIPE}`));
      },
      (error) => this.#broke(error),
    );
    const console = readOutput(this.#child.text, {
      line: (line) => {
        this.#reason.readLine(line);
        const { text, level, seat, isExit } = parseConsoleLine(line);
        if (isExit) return void (this.#endedBy ??= this.#seats.get(seat ?? PROCESS_SEAT));
        this.#output(seat)?.print(text, level);
      },
      lastLine: (line) => this.#reason.readLine(line),
      dropped: (lines, bytes) => this.#output()?.dropped?.(lines, bytes),
    }, drain.signal);
    const status = await this.#child.status;
    this.#pipe[Symbol.dispose]();
    const timer = setTimeout(() => drain.abort(), DRAIN_MS);
    await Promise.all([output, console]);
    clearTimeout(timer);
    this.#ending.abort();
    const reason = this.#reason.exited(status);
    await this.#stdin.abort().catch(() => {});
    await this.#heartbeat.ended;
    return reason;
  }

  /** Where a line goes: to the device of its seat, or to the process where there are several. */
  #output(seat?: number): Pick<HostEvents, "print" | "dropped"> | undefined {
    if (this.#shared) return this.#seats.get(seat ?? PROCESS_SEAT)?.events ?? this.#shared.output;
    return this.#seats.get(PROCESS_SEAT + 1)?.events;
  }

  /** @returns as {@linkcode Incoming.take}. */
  #take(packet: Packet): boolean | Generator<void, boolean> {
    const { seat } = packet;
    this.#pipe.took(packet.content.length);
    const host = this.#seats.get(seat);
    if (!host && seat > this.#lastSeat) throw new RangeError(`Cannot take a packet for seat ${seat}: there is none`);
    const incoming = seat === PROCESS_SEAT ? this.#self : host?.incoming;
    // Late packets for a seat that was given up are dropped.
    if (!incoming) return packet.kind === JSON_PACKET;
    try {
      const steps = incoming.take(packet);
      return typeof steps === "boolean" ? steps : this.#takeInSteps(steps, host);
    } catch (error) {
      this.#endedBy ??= host;
      throw error;
    }
  }

  *#takeInSteps(steps: Generator<void, boolean>, host: ProcessHost | undefined): Generator<void, boolean> {
    try {
      return yield* steps;
    } catch (error) {
      this.#endedBy ??= host;
      throw error;
    }
  }
}

/** Starts a process of one seat. */
export function openProcess(options: Omit<ProcessOptions, "shared">, events: HostEvents): ProcessHost {
  return new DriverProcess(options).open(options, events);
}
