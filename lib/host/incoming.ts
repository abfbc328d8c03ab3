import type { LabError } from "../errors.ts";
import { type Block, partsOf, unpackBlock } from "../stream/block.ts";
import { FrameCheck } from "../stream/frame_check.ts";
import { STEP_BYTES } from "../format/json_bytes.ts";
import type { HostEvents, RequestOptions } from "./host.ts";
import { checkMessage, checkResult } from "./protocol/messages.ts";
import { BLOCK_PACKET, type Packet, RESULT_PACKET } from "./protocol/framing.ts";
import { MAX_DESCRIPTION_BYTES, parseMessage, unpackResult } from "./protocol/packets.ts";
import { cutText, MAX_ERROR_MESSAGE_CHARS } from "./protocol/error_bounds.ts";
import { type ProtocolOperation, type Request, RESULT_OPERATIONS } from "./protocol/protocol.ts";
import { unpackError } from "./protocol/wire_error.ts";

/** Problems and steps of the clock in one second. Each goes to every reader: more break the protocol. */
const MAX_NOTICES = 20;

/** A message that is no answer to a request of {@linkcode LARGE_ANSWERS}: an error within its bounds is smaller. */
const MAX_NOTICE_BYTES = 256 * 1024;

/** The first bytes of a message with a transcript, which may be larger. */
const TRANSCRIPT = new TextEncoder().encode('{"transcript":');

/** The requests whose answers may be large. A process gets them only before it has a device. */
const LARGE_ANSWERS: ReadonlySet<ProtocolOperation> = new Set(["load", "check_params", "check_options"]);

/** A request that was sent and not answered. */
interface PendingRequest extends PromiseWithResolvers<unknown> {
  op: ProtocolOperation;
  events: Pick<RequestOptions, "begun" | "progress">;
  /** True if the answer may be `null`: the request asks for nothing that the answer must contain. */
  mayBeNull: boolean;
  hasBegun: boolean;
}

/** The packets of one seat of a process. Each is checked before it is used: a driver may write to the pipe, too. */
export class Incoming {
  readonly #events: HostEvents;
  readonly #crashed: (error: LabError) => void;
  /** The requests that were sent and not answered. */
  readonly #pending = new Map<number, PendingRequest>();
  /** Checks the samples, from the creation of the device. */
  #frames: FrameCheck | undefined;
  /** The ends of runs that may still come: each start allows one. A start may overtake the end of the run before it. */
  #ends = 0;
  /** True once the instrument was reported as lost. */
  #isDisconnected = false;
  /** True for a device with a transcript: whatever it sends at once is one entry of any length. */
  #hasTranscript = false;
  /** The notices of the present second. */
  #notices = 0;
  #second = 0;

  constructor(events: HostEvents, crashed: (error: LabError) => void) {
    this.#events = events;
    this.#crashed = crashed;
  }

  /** Expects the answer of a request that is being sent, and the events that the request allows. */
  expect({ id, op, input }: Request, events: PendingRequest["events"] = {}): Promise<unknown> {
    const mayBeNull = op === "load" && input.describe === false;
    const answer = { ...Promise.withResolvers<unknown>(), op, events, mayBeNull, hasBegun: false };
    this.#pending.set(id, answer);
    if (op === "create") {
      this.#frames = new FrameCheck(input.device_id, input.epoch, input.next_sequence);
      this.#hasTranscript = input.transcript === true;
    } else if (op === "start") this.#ends++;
    return answer.promise;
  }

  /** True if a request was not answered. */
  isOpen(id: number): boolean {
    return this.#pending.has(id);
  }

  /** True while a request was not answered. */
  get isAwaited(): boolean {
    return this.#pending.size > 0;
  }

  /** The process has ended. */
  rejectAll(reason: LabError): void {
    for (const { reject } of this.#pending.values()) reject(reason);
  }

  /**
   * Takes a packet. A large packet is checked in steps: the event loop can have its turn at each `yield`.
   *
   * @returns true for a message that counts against the limit of messages. The report that a call has begun does not
   * count: each call allows one.
   * @throws {RangeError} if the process may not send the packet now.
   */
  take({ kind, content }: Pick<Packet, "kind" | "content">): boolean | Generator<void, boolean> {
    if (kind === RESULT_PACKET) return this.#takeResult(content);
    if (kind !== BLOCK_PACKET) return this.#receive(content);
    const block = unpackBlock(content);
    if (content.length > STEP_BYTES) return this.#takeInSteps(block);
    this.#samples().check(block);
    this.#events.block(block);
    return false;
  }

  *#takeInSteps(block: Block): Generator<void, boolean> {
    yield* this.#samples().checkInSteps(block);
    for (const part of partsOf(block, STEP_BYTES)) {
      this.#events.block(part);
      if (block.ends.length > 1) yield;
    }
    return false;
  }

  *#takeResult(content: Uint8Array<ArrayBuffer>): Generator<void, boolean> {
    const { id, result } = yield* unpackResult(content);
    if (!RESULT_OPERATIONS.has(this.#answered(id).op)) {
      throw new RangeError(`Cannot read the answer ${id}: it is no call`);
    }
    this.#answered(id).resolve(result);
    this.#pending.delete(id);
    return false;
  }

  /** @returns true if it counts as a message. */
  #receive(content: Uint8Array): boolean {
    if (content.length > MAX_NOTICE_BYTES && !this.#expectsLarge() && !this.#isTranscript(content)) {
      throw new RangeError(`Cannot read a message of ${content.length} bytes: no answer of this size is open`);
    }
    const message = checkMessage(parseMessage(content));
    if ("begun" in message) {
      const call = this.#call(message.begun);
      if (call.hasBegun) throw new RangeError(`Cannot begin the call ${message.begun} twice`);
      call.hasBegun = true;
      call.events.begun?.();
      return false;
    }
    if ("progress" in message) {
      const { progress: id, fraction, text } = message;
      this.#countNotice();
      this.#call(id).events.progress?.(fraction, text);
    } else if ("crashed" in message) {
      this.#crashed(unpackError(message.crashed));
    } else if ("ended" in message) {
      if (this.#ends === 0) throw new RangeError("Cannot end a run: there is none");
      this.#ends--;
      this.#events.ended(message.ended && unpackError(message.ended));
    } else if ("disconnected" in message) {
      this.#samples();
      if (this.#isDisconnected) throw new RangeError("Cannot lose the instrument twice");
      this.#isDisconnected = true;
      this.#events.disconnected?.(unpackError(message.disconnected));
    } else if ("problem" in message) {
      this.#samples();
      this.#countNotice();
      this.#events.problem?.(unpackError(message.problem));
    } else if ("transcript" in message) {
      this.#samples();
      this.#countNotice();
      this.#events.transcript?.(message.transcript);
    } else if ("warning" in message) {
      this.#samples();
      this.#countNotice();
      const { type, message: text } = message.warning;
      this.#events.warn?.(type, text && cutText(text, MAX_ERROR_MESSAGE_CHARS));
    } else if ("lost" in message) {
      this.#samples().lost(message.lost);
      this.#events.lost(message.lost);
    } else if ("clock" in message) {
      this.#samples();
      this.#countNotice();
      this.#events.clock?.(message.clock, message.source ?? "host");
    } else if ("instrument_clock" in message) {
      this.#samples();
      this.#countNotice();
      this.#events.instrumentClock?.(message.instrument_clock);
    } else {
      const { id } = message;
      const { op, mayBeNull, resolve, reject } = this.#answered(id);
      if ("error" in message) reject(unpackError(message.error));
      else if (op === "load" && content.length > MAX_DESCRIPTION_BYTES) throw new RangeError("a description too large");
      else resolve(mayBeNull && message.result === null ? null : checkResult(op, message.result));
      this.#pending.delete(id);
    }
    return true;
  }

  #expectsLarge(): boolean {
    for (const { op } of this.#pending.values()) if (LARGE_ANSWERS.has(op)) return true;
    return false;
  }

  #isTranscript(content: Uint8Array): boolean {
    return this.#hasTranscript && TRANSCRIPT.every((byte, i) => byte === content[i]);
  }

  #countNotice(): void {
    const second = Math.floor(performance.now() / 1000);
    if (second !== this.#second) this.#notices = 0;
    this.#second = second;
    if (++this.#notices > MAX_NOTICES) throw new RangeError(`Cannot take more than ${MAX_NOTICES} notices in a second`);
  }

  #samples(): FrameCheck {
    if (this.#frames) return this.#frames;
    throw new RangeError("Cannot take samples before the device is created");
  }

  /** The call, or the access to a property, that an event belongs to. */
  #call(id: number): PendingRequest {
    const call = this.#answered(id);
    if (RESULT_OPERATIONS.has(call.op)) return call;
    throw new RangeError(`Cannot take an event of request ${id}: it is no call`);
  }

  /** The request that an answer belongs to. */
  #answered(id: number) {
    const request = this.#pending.get(id);
    if (request) return request;
    throw new RangeError(`Cannot read the answer ${id}: no such request is open`);
  }
}
