import { resolve } from "node:path";
import { deadline, DeadlineError, delay } from "../async/mod.ts";
import { grantPermissions, permissionFlags, type Permissions } from "../driver/permissions.ts";
import { LabError, messageOf } from "../errors.ts";
import { unpackBlock } from "../stream/block.ts";
import { unpackError } from "./driver_error.ts";
import type { Host, HostEvents, RequestOptions } from "./host.ts";
import { readLines } from "./read_lines.ts";
import {
  BLOCK_PACKET,
  type FromProcess,
  jsonPacket,
  type Operation,
  parseMessage,
  readPackets,
  type Request,
  type Requests,
} from "./protocol.ts";

/** What a driver's process needs to begin. */
export interface ProcessOptions {
  /** Whose process it is, for messages: `"daq1"` or `streaming_daq.ts`. */
  name: string;
  /** What the driver may touch. */
  permissions: Permissions;
  /** The folder of the driver's file, readable while it is imported. */
  folder: URL;
}

/** A process that does not answer for so long hangs. */
const HANG_MS = 10_000;
const HEARTBEAT_MS = 2_000;

/** How long each step of ending takes at most, before the next: asking, SIGTERM, and last SIGKILL. */
const ASK_MS = 3_000;
const TERM_MS = 1_000;

/** How long the output of a process that is gone may still come: a grandchild may hold the pipe open. */
const DRAIN_MS = 500;

const MAIN = new URL("./process_main.ts", import.meta.url);
const LIBRARY = new URL("../", import.meta.url);
const CONFIG = new URL("../../deno.json", import.meta.url);

/** A driver in a process of its own: whatever it does, it does to itself. */
export class ProcessHost implements Host {
  readonly closed: Promise<LabError>;
  readonly #name: string;
  readonly #events: HostEvents;
  readonly #child: Deno.ChildProcess;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;
  readonly #pending = new Map<number, PromiseWithResolvers<unknown>>();
  /** Aborts when the process is no longer needed: stops the heartbeat and the reading. */
  readonly #over = new AbortController();
  #lastId = 0;
  #reason: LabError | undefined;
  #closing: Promise<void> | undefined;

  constructor({ name, permissions, folder }: ProcessOptions, events: HostEvents) {
    const { read: granted = [] } = permissions;
    // What the driver may read in any case is not taken from it again.
    const wayIn = [folder, LIBRARY, CONFIG].map((url) => decodeURIComponent(url.pathname))
      .filter((path) => !mayRead(granted, path));
    const read = granted === true ? true : [...granted, ...wayIn];
    this.#name = name;
    this.#events = events;
    this.#child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--no-prompt",
        "--cached-only",
        "--no-lock",
        `--config=${decodeURIComponent(CONFIG.pathname)}`,
        ...permissionFlags({ ...permissions, read }),
        MAIN.href,
        JSON.stringify(wayIn),
      ],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
      // A group of its own: Ctrl-C on the terminal is for the daemon, which stops its devices in order.
      detached: true,
    }).spawn();
    this.#stdin = this.#child.stdin.getWriter();
    this.closed = this.#watch();
    // Who waits for an answer learns last: whoever follows `closed` knows by then whose fault it is.
    this.closed.then((reason) => this.#pending.forEach(({ reject }) => reject(reason)));
    this.#heartbeat();
  }

  async request<Op extends Operation>(
    op: Op,
    input: Requests[Op][0],
    { attempt, limit = HANG_MS, signal }: RequestOptions,
  ): Promise<Requests[Op][1]> {
    if (this.#reason) throw await this.closed;
    const id = ++this.#lastId;
    const packet = requestPacket({ id, op, input } as Request, attempt);
    const answer = Promise.withResolvers<unknown>();
    this.#pending.set(id, answer);
    this.#write(packet);
    try {
      return await deadline(answer.promise, limit, signal) as Requests[Op][1];
    } catch (error) {
      if (this.#pending.has(id)) this.#write(jsonPacket({ cancel: id }));
      if (!(error instanceof DeadlineError)) throw error;
      throw new LabError("DeviceTimeout", `${attempt}: no answer within ${limit} ms`);
    } finally {
      this.#pending.delete(id);
    }
  }

  close({ force = false } = {}): Promise<void> {
    if (force) this.#kill("SIGKILL");
    return this.#closing ??= this.#close();
  }

  async #close(): Promise<void> {
    this.#reason ??= new LabError("DeviceNotConnected", `The process of ${this.#name} was ended`);
    this.#over.abort();
    // Not awaited: a process that hangs does not read what was written before, either.
    this.#stdin.close().catch(() => {});
    const { status } = this.#child;
    await deadline(status, ASK_MS)
      .catch(() => (this.#kill("SIGTERM"), deadline(status, TERM_MS)))
      .catch(() => (this.#kill("SIGKILL"), status));
    await this.closed;
  }

  #kill(signal: Deno.Signal): void {
    try {
      this.#child.kill(signal);
    } catch {
      // It is gone already, which is what was wanted.
    }
  }

  #write(packet: Uint8Array): void {
    // A write that fails means that the process is gone: #watch() tells everybody who waits.
    this.#stdin.write(packet).catch(() => {});
  }

  /** Follows the process from its start to its end, and returns why it ended. */
  async #watch(): Promise<LabError> {
    const drain = new AbortController();
    const output = this.#read(drain.signal).catch((error) => {
      this.#reason ??= this.#failure("ProtocolError", `broke the protocol: ${messageOf(error)}`);
      this.#kill("SIGKILL");
    });
    const console = readLines(this.#child.stderr, (line) => this.#events.print(line), drain.signal);
    const { code, signal } = await this.#child.status;
    const timer = setTimeout(() => drain.abort(), DRAIN_MS);
    await Promise.all([output, console]);
    clearTimeout(timer);
    this.#over.abort();
    const how = signal ? `was ended by ${signal}` : `exited with code ${code}`;
    const reason = this.#reason ??= this.#failure("ProcessExited", how);
    await this.#stdin.abort().catch(() => {});
    return reason;
  }

  async #read(signal: AbortSignal): Promise<void> {
    for await (const { kind, content } of readPackets(this.#child.stdout, signal)) {
      if (kind === BLOCK_PACKET) this.#events.block(unpackBlock(content));
      else this.#receive(parseMessage(content));
    }
  }

  #receive(message: FromProcess): void {
    if ("crashed" in message) {
      const crash = unpackError(message.crashed);
      this.#reason ??= this.#failure(crash.type, `crashed: ${crash.message}`);
    } else if ("ended" in message) this.#events.ended(message.ended && unpackError(message.ended));
    else if ("lost" in message) this.#events.lost(message.lost);
    else if ("error" in message) this.#pending.get(message.id)?.reject(unpackError(message.error));
    else this.#pending.get(message.id)?.resolve(message.result);
  }

  async #heartbeat(): Promise<void> {
    const { signal } = this.#over;
    try {
      for (;;) {
        await delay(HEARTBEAT_MS, { signal });
        await this.request("ping", {}, { attempt: "ping", limit: HANG_MS, signal });
      }
    } catch {
      if (signal.aborted) return;
      this.#reason ??= this.#failure("ProcessHangs", `hangs: it has not answered for ${HANG_MS / 1000} s`);
      this.#kill("SIGKILL");
    }
  }

  #failure(type: string, what: string): LabError {
    return new LabError("DriverError", `The process of ${this.#name} ${what}`, { type });
  }
}

function mayRead(granted: true | readonly string[], path: string): boolean {
  if (granted === true) return true;
  const { read } = grantPermissions({ read: [path] }, { only: { read: granted.map((entry) => resolve(entry)) } });
  return read === true || read?.includes(path) === true;
}

/** @throws {LabError} `InvalidRequest`, if the input does not survive JSON. */
function requestPacket(request: Request, attempt: string): Uint8Array {
  try {
    return jsonPacket(request);
  } catch (error) {
    throw new LabError("InvalidRequest", `${attempt}: ${messageOf(error)}`, { cause: error });
  }
}
