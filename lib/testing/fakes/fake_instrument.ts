import { delay } from "../../async/mod.ts";
import { bytesOfLatin1, latin1 } from "../../format/encodings.ts";
import { writeAll } from "../../async/write_all.ts";
import { FakeServer } from "./fake_server.ts";
import { lineIn, type Question, type RecordedInstrument, recordedInstrument } from "./transcript_answers.ts";

/** The answer to one line: a text, to which its line end is added; bytes, sent as they are; `undefined` is no answer. */
export type Answer = string | Uint8Array | undefined;

/** The answers by question, or a function of the question. */
export type Answers =
  | Readonly<Record<string, string | (() => Answer | Promise<Answer>)>>
  | ((question: string) => Answer | Promise<Answer>);

/** The options of {@linkcode fakeInstrument}. */
export interface FakeInstrumentOptions {
  /**
   * The answers of the real instrument: JSON lines of a recording of a device with `transcript: true`. A line gets the
   * answer that it got then; a repeated line gets its next answer, and finally its last one again. `answers` take
   * precedence. A line that was never sent closes the connection, and is in {@linkcode FakeInstrument.unexpected}:
   * disposing the instrument throws.
   *
   * If the writes of the transcript have no common line end, and no `newline` is given, the instrument speaks bytes:
   * each write counts as a line, in hexadecimal digits in `received`, `unexpected` and `answers`.
   */
  transcript?: string;
  /** The device of a transcript of several. */
  device?: string;
  /** The answers by question. A question that is missing gets none. */
  answers?: Answers;
  /**
   * The end of sent and received lines; with LF, received lines may also end with CR LF. By default that of the
   * transcript, if there is one.
   *
   * @default {"\n"}
   */
  newline?: string;
  /** The line that it sends on each new connection. */
  greeting?: string;
  /** The answer to each line that has no answer in `answers`: `OK`. */
  acknowledge?: string;
  /** True to repeat each received line before its answer. */
  echo?: boolean;
  /** True to send an empty line before and after each answer. */
  blankLines?: boolean;
  /** True to close the connection after each line and its answer. */
  closesAfterEach?: boolean;
  /** The limit of open connections. A further one is closed at once. */
  maxConnections?: number;
}

/**
 * A fake instrument that speaks lines of text over TCP, on a free port of this machine. A test scripts its answers, delays
 * and garbles them, drops the connections, and restores them.
 *
 * @example Lose the connection and restore it
 * ```ts
 * import { connectLines } from "labdaemon/driver";
 * import { fakeInstrument } from "labdaemon/testing";
 *
 * await using meter = fakeInstrument({ answers: { "MEAS?": () => "1.25" } });
 * const { host: hostname, port } = meter;
 *
 * using before = await connectLines({ hostname, port });
 * console.assert(await before.query("MEAS?") === "1.25");
 *
 * await meter.drop();
 * const error = await before.query("MEAS?").catch((error) => error);
 * console.assert(error.message.startsWith('Cannot ask "MEAS?" of 127.0.0.1'));
 *
 * await meter.restore();
 * using after = await connectLines({ hostname, port });
 * console.assert(await after.query("MEAS?") === "1.25");
 * ```
 */
export function fakeInstrument(options: FakeInstrumentOptions = {}): FakeInstrument {
  return new FakeInstrument(options);
}

/**
 * An instrument scripted by a test. Made by {@linkcode fakeInstrument}.
 *
 * @example
 * ```ts
 * import { connectLines } from "labdaemon/driver";
 * import { fakeInstrument } from "labdaemon/testing";
 *
 * await using meter = fakeInstrument({ answers: { "MEAS?": "1.25" } });
 * using connection = await connectLines({ hostname: meter.host, port: meter.port });
 *
 * meter.garble = (answer) => answer.replace("1", "?");
 * console.assert(await connection.query("MEAS?") === "?.25");
 * console.assert(meter.received.join() === "MEAS?");
 * ```
 */
export class FakeInstrument extends FakeServer {
  /** Every line that it received, in order; of a transcript of bytes, every write. */
  readonly received: string[] = [];
  /** The lines that its transcript does not have. */
  readonly unexpected: string[] = [];
  /** The answers. Assign another map or function at any time. */
  answers: Answers;
  /** The delay before each answer, in milliseconds. */
  delayMs = 0;
  /** Changes each answer; its result `undefined` drops the answer. Assign `undefined` to send answers unchanged. */
  garble: ((answer: string) => Answer) | undefined;
  /** Cuts everything that it sends into pieces, which are sent one after the other. */
  cut: ((bytes: Uint8Array) => Uint8Array[]) | undefined;
  readonly #options: FakeInstrumentOptions;
  readonly #newline: string;
  readonly #recorded: RecordedInstrument | undefined;

  constructor(options: FakeInstrumentOptions) {
    const { transcript, device } = options;
    const recorded = transcript === undefined ? undefined : recordedInstrument(transcript, device, options.newline);
    super();
    this.#options = options;
    this.#recorded = recorded;
    this.answers = options.answers ?? {};
    this.#newline = options.newline ?? recorded?.newline ?? "\n";
  }

  /** Closes it. @throws {Error} that quotes the lines that its transcript does not have. */
  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    const [first, ...more] = this.unexpected;
    if (first === undefined) return;
    const others = more.length > 0 ? `, and ${more.length} more` : "";
    throw new Error(`The transcript has no ${JSON.stringify(first)}${others}: the driver did not send it then`);
  }

  /** Sends a line, or bytes as they are, without a question, on every connection. */
  async send(line: string | Uint8Array): Promise<void> {
    await Promise.all(Array.from(this.opened, (connection) => this.#write(connection, line)));
  }

  protected override get maxConnections(): number {
    return this.#options.maxConnections ?? Infinity;
  }

  protected override async serve(connection: Deno.TcpConn, dropped: AbortSignal): Promise<void> {
    const { greeting, closesAfterEach } = this.#options;
    const first = greeting ?? this.#recorded?.greeting;
    if (first !== undefined) await this.#write(connection, first);
    let rest = "";
    for await (const bytes of connection.readable) {
      rest += latin1(bytes);
      for (let question = this.#questionIn(rest); question; question = this.#questionIn(rest)) {
        rest = rest.slice(question.length);
        await this.#answer(connection, question.bytes, dropped);
        if (closesAfterEach || this.unexpected.length > 0) return;
      }
    }
  }

  #questionIn(received: string): Question | undefined {
    if (received === "") return undefined;
    return this.#recorded ? this.#recorded.questionIn(received) : lineIn(received, this.#newline);
  }

  /** @param bytes Each as a character. */
  async #answer(connection: Deno.TcpConn, bytes: string, signal: AbortSignal): Promise<void> {
    const question = this.#shown(bytesOfLatin1(bytes));
    this.received.push(question);
    const { acknowledge, echo, blankLines } = this.#options;
    const text = await this.#answerTo(question) ?? this.#recordedAnswer(bytes, question) ?? acknowledge;
    if (this.delayMs > 0) await delay(this.delayMs, { signal });
    const answer = typeof text === "string" && this.garble ? this.garble(text) : text;
    if (echo) await this.#write(connection, question);
    if (answer === undefined) return;
    if (blankLines) await this.#write(connection, "");
    await this.#write(connection, answer);
    if (blankLines) await this.#write(connection, "");
  }

  #shown(bytes: Uint8Array): string {
    const isText = !this.#recorded || this.#recorded.newline !== undefined;
    return isText ? new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes) : bytes.toHex();
  }

  #recordedAnswer(bytes: string, question: string): Answer {
    if (!this.#recorded) return undefined;
    const answer = this.#recorded.answer(bytes);
    if (!answer) this.unexpected.push(question);
    return answer;
  }

  async #answerTo(question: string): Promise<Answer> {
    const { answers } = this;
    if (typeof answers === "function") return await answers(question);
    const answer = Object.hasOwn(answers, question) ? answers[question] : undefined;
    return typeof answer === "function" ? await answer() : answer || undefined;
  }

  async #write(connection: Deno.TcpConn, answer: string | Uint8Array): Promise<void> {
    const bytes = typeof answer === "string" ? new TextEncoder().encode(answer + this.#newline) : answer;
    for (const piece of this.cut?.(bytes) ?? [bytes]) {
      await writeAll(connection, piece);
      // The peer reads it before the next one is sent.
      if (this.cut) await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
