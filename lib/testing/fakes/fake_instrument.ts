import { delay } from "../../async/mod.ts";

/** The answer to one line: a text, to which its line end is added; bytes, sent as they are; `undefined` is no answer. */
export type Answer = string | Uint8Array | undefined;

/** The answers by question, or a function of the question. */
export type Answers =
  | Readonly<Record<string, string | (() => Answer | Promise<Answer>)>>
  | ((question: string) => Answer | Promise<Answer>);

/** The time for which its port may still be in use when it is restored, in milliseconds. */
const MAX_IN_USE_MS = 5_000;

/** The options of {@linkcode fakeInstrument}. */
export interface FakeInstrumentOptions {
  /** The answers. A question that is not in the map gets none. */
  answers?: Answers;
  /**
   * The end of its lines. Lines that it receives end so, too; with LF also after CR LF.
   *
   * @default {"\n"}
   */
  newline?: string;
  /** The line that it sends on each new connection. */
  greeting?: string;
  /** The answer to each line that has no answer in `answers`: `OK`. */
  acknowledge?: string;
  /** It repeats each line that it receives, before it answers. */
  echo?: boolean;
  /** It sends an empty line before and after each answer. */
  blankLines?: boolean;
  /** It closes the connection after each line, once it has answered. */
  closesAfterEach?: boolean;
  /** The number of connections at a time. It closes further ones at once. */
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

/** An instrument scripted by a test. Made by {@linkcode fakeInstrument}. */
export class FakeInstrument implements AsyncDisposable {
  readonly host = "127.0.0.1";
  readonly port: number;
  /** Every line that it received, in order. */
  readonly received: string[] = [];
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
  readonly #connections = new Map<Deno.TcpConn, Promise<void>>();
  #listener: Deno.TcpListener | undefined;
  #accepting: Promise<void> | undefined;
  #dropped = new AbortController();
  #isLost = false;

  constructor(options: FakeInstrumentOptions) {
    this.#options = options;
    this.answers = options.answers ?? {};
    this.#newline = options.newline ?? "\n";
    this.port = this.#listen(0);
  }

  /** The number of open connections. */
  get connections(): number {
    return this.#connections.size;
  }

  /** Sends a line, or bytes as they are, without a question, on every connection. */
  async send(line: string | Uint8Array): Promise<void> {
    await Promise.all(Array.from(this.#connections.keys(), (connection) => this.#write(connection, line)));
  }

  /** Breaks all connections and refuses new ones, like a pulled cable. Idempotent. */
  async drop(): Promise<void> {
    this.#isLost = true;
    this.#dropped.abort();
    this.#listener?.close();
    this.#listener = undefined;
    const ends = [...this.#connections.values()];
    this.closeConnections();
    await Promise.all([this.#accepting, ...ends]);
  }

  /** Closes all connections, and accepts new ones at once. */
  closeConnections(): void {
    for (const connection of this.#connections.keys()) close(connection);
  }

  /** Accepts connections again, at the same port. Resolves once it does, or after a {@linkcode drop}. Idempotent. */
  async restore(): Promise<void> {
    this.#isLost = false;
    const start = performance.now();
    while (!this.#listener && !this.#isLost) {
      try {
        this.#listen(this.port);
      } catch (error) {
        // A process that another thread starts keeps a copy of the closed listener open, for some milliseconds.
        const isInUse = error instanceof Deno.errors.AddrInUse && performance.now() - start < MAX_IN_USE_MS;
        if (!isInUse) throw error;
        await delay(1);
      }
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.drop();
  }

  #listen(port: number): number {
    this.#dropped = new AbortController();
    this.#listener = Deno.listen({ hostname: this.host, port });
    this.#accepting = this.#accept(this.#listener);
    return this.#listener.addr.port;
  }

  async #accept(listener: Deno.TcpListener): Promise<void> {
    const { maxConnections = Infinity } = this.#options;
    for await (const connection of listener) {
      connection.setNoDelay(true);
      if (this.#connections.size >= maxConnections) close(connection);
      else this.#connections.set(connection, this.#serve(connection));
    }
  }

  async #serve(connection: Deno.TcpConn): Promise<void> {
    const { signal } = this.#dropped;
    const { greeting, closesAfterEach } = this.#options;
    const end = this.#newline.endsWith("\n") ? /\r?\n/ : this.#newline;
    let rest = "";
    try {
      if (greeting !== undefined) await this.#write(connection, greeting);
      for await (const text of connection.readable.pipeThrough(new TextDecoderStream())) {
        const lines = (rest + text).split(end);
        rest = lines.pop()!;
        for (const line of lines) {
          await this.#answer(connection, line, signal);
          if (closesAfterEach) return;
        }
      }
    } catch {
      // The peer or drop() closed the connection.
    } finally {
      this.#connections.delete(connection);
      close(connection);
    }
  }

  async #answer(connection: Deno.TcpConn, question: string, signal: AbortSignal): Promise<void> {
    this.received.push(question);
    const { acknowledge, echo, blankLines } = this.#options;
    const text = await this.#answerTo(question) ?? acknowledge;
    if (this.delayMs > 0) await delay(this.delayMs, { signal });
    const answer = typeof text === "string" && this.garble ? this.garble(text) : text;
    if (echo) await this.#write(connection, question);
    if (answer === undefined) return;
    if (blankLines) await this.#write(connection, "");
    await this.#write(connection, answer);
    if (blankLines) await this.#write(connection, "");
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
      for (let rest = piece; rest.length;) rest = rest.subarray(await connection.write(rest));
      // The peer reads it before the next one is sent.
      if (this.cut) await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // It is closed already.
  }
}
