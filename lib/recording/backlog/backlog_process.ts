import { getLogger } from "@logtape/logtape";
import {
  BLOCK_PACKET,
  JSON_PACKET,
  MAX_PACKET_BYTES,
  type Packet,
  packet,
  readPackets,
} from "../../host/protocol/framing.ts";
import { kill, programOf } from "../feed/program.ts";
import type { RecordedPart } from "../../stream/past/recorded_part.ts";
import type { BacklogAnswer, BacklogCommand, BacklogRequest } from "./backlog_request.ts";

const MAIN = new URL("./main.ts", import.meta.url);

const LIMITS = { [JSON_PACKET]: MAX_PACKET_BYTES, [BLOCK_PACKET]: MAX_PACKET_BYTES };

const MAX_OUTPUT_CHARS = 2_000;

/** An idle process ends after this time. It is short: if another device is waiting, its reading begins at once. */
const IDLE_MS = 2_000;

/** The time after which a prepared process ends, unless it is prepared again. */
const PREPARED_MS = 15_000;

const logger = getLogger(["labdaemon", "recording"]);

/** Starts to read the recorded frames of a device behind a place. */
export interface StartBacklog {
  (request: BacklogRequest): AsyncIterable<RecordedPart>;
  /** A reading is likely to come soon. */
  prepare?(root: string): void;
}

/** Reads for all devices of a bench in one process, which ends a moment after the last reading. */
export function backlogProcess(): StartBacklog {
  let process: ReadingProcess | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let readers = 0;
  let id = 0;
  const running = (root: string) => process?.isAlive ? process : process = new ReadingProcess(root);
  const endBehind = (ms: number) => {
    clearTimeout(timer);
    timer = setTimeout(() => process?.end(), ms);
    Deno.unrefTimer(timer);
  };
  const start: StartBacklog = async function* (request) {
    clearTimeout(timer);
    readers++;
    const reading = running(request.root);
    const own = id++;
    try {
      reading.send({ open: own, request });
      for (;;) {
        const part = await reading.next(own);
        if (!part) return;
        yield part;
      }
    } finally {
      reading.send({ close: own });
      if (--readers === 0) endBehind(IDLE_MS);
    }
  };
  // A start takes 0.1 s of CPU: better now than when the readers come.
  start.prepare = (root) => {
    running(root);
    if (readers === 0) endBehind(PREPARED_MS);
  };
  return start;
}

/** A process that reads several devices in turns, each a part at a time, as they are asked for. */
class ReadingProcess {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #asked = new Map<number, PromiseWithResolvers<RecordedPart | undefined>>();
  #isAlive = true;

  constructor(root: string) {
    this.#child = programOf(MAIN, root, []).spawn();
    this.#input = this.#child.stdin.getWriter();
    // The end of its stdout shows that the process has ended.
    this.#input.closed.catch(() => {});
    void this.#run();
  }

  /** False once it has ended, or is about to. */
  get isAlive(): boolean {
    return this.#isAlive;
  }

  send(command: BacklogCommand): void {
    if (!this.#isAlive) return;
    const bytes = packet(JSON_PACKET, 0, new TextEncoder().encode(JSON.stringify(command)));
    this.#input.write(bytes).catch(() => {});
  }

  /** The next part of a reading; `undefined` behind the last one. @throws {Error} if the process has ended. */
  async next(id: number): Promise<RecordedPart | undefined> {
    if (!this.#isAlive) throw new Error("the process that reads the recordings has ended");
    const asked = Promise.withResolvers<RecordedPart | undefined>();
    this.#asked.set(id, asked);
    this.send({ next: id });
    return await asked.promise;
  }

  /** Ends it at once. */
  end(): void {
    this.#isAlive = false;
    kill(this.#child);
  }

  async #run(): Promise<void> {
    const lowered = lowerPriority(this.#child.pid);
    const output = new Response(this.#child.stderr).text();
    let answer: BacklogAnswer | undefined;
    try {
      for await (const it of readPackets(this.#child.stdout, LIMITS)) answer = this.#take(it, answer);
    } catch (error) {
      logger.error("The process that reads the recordings sends an invalid answer: {error}", { error });
    }
    const isExpected = !this.#isAlive;
    this.end();
    await this.#input.abort().catch(() => {});
    for (const { reject } of this.#asked.values()) reject(new Error("the process that reads the recordings has ended"));
    const { code, signal } = await this.#child.status;
    await lowered;
    const text = (await output).trim().slice(0, MAX_OUTPUT_CHARS);
    if (!isExpected) {
      const facts = { end: signal ?? `exit code ${code}`, text };
      logger.error("The process that reads the recordings has ended ({end}): {text}", facts);
    }
  }

  /** Takes a packet: a head, or the frames of the head before it. */
  #take({ kind, content }: Packet, head: BacklogAnswer | undefined): BacklogAnswer | undefined {
    const answer: BacklogAnswer = kind === JSON_PACKET ? JSON.parse(new TextDecoder().decode(content)) : head!;
    if (kind === JSON_PACKET && answer.head) return answer;
    const asked = this.#asked.get(answer.id);
    this.#asked.delete(answer.id);
    const { error } = answer;
    if (error !== undefined) logger.error("A recording cannot be read for the hub: {error}", { error });
    asked?.resolve(answer.head && { ...answer.head, bytes: content });
    return undefined;
  }
}

/** The niceness of the process, and of its session, which a kernel with autogroups compares instead. */
const NICE = 10;

/** `$1` is the process id, also of its group. `renice -g`: with a process id, Linux changes only the first thread. */
const LOWER = `{ echo ${NICE} >/proc/$1/autogroup; } 2>/dev/null; exec renice -n ${NICE} -g "$1"`;

/** Gives the daemon and its drivers precedence on a busy processor, where the system allows that. */
async function lowerPriority(pid: number): Promise<void> {
  const stdio = { stdin: "null", stdout: "null", stderr: "null" } as const;
  await new Deno.Command("/bin/sh", { args: ["-c", LOWER, "sh", String(pid)], ...stdio }).output().catch(() => {});
}
