import { delay } from "../async/mod.ts";

/** The answer to one line; `undefined` is no answer. */
export type Answer = string | undefined;

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
   * The end of its lines.
   *
   * @default {"\n"}
   */
  newline?: string;
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
  readonly #newline: string;
  readonly #connections = new Map<Deno.TcpConn, Promise<void>>();
  #listener: Deno.TcpListener | undefined;
  #accepting: Promise<void> | undefined;
  #dropped = new AbortController();
  #isLost = false;

  constructor({ answers = {}, newline = "\n" }: FakeInstrumentOptions) {
    this.answers = answers;
    this.#newline = newline;
    this.port = this.#listen(0);
  }

  /** The number of open connections. */
  get connections(): number {
    return this.#connections.size;
  }

  /** Sends a line without a question, on every connection. */
  async send(line: string): Promise<void> {
    await Promise.all(Array.from(this.#connections.keys(), (connection) => this.#write(connection, line)));
  }

  /** Breaks all connections and refuses new ones, like a pulled cable. Idempotent. */
  async drop(): Promise<void> {
    this.#isLost = true;
    this.#dropped.abort();
    this.#listener?.close();
    this.#listener = undefined;
    const ends = [...this.#connections.values()];
    for (const connection of this.#connections.keys()) close(connection);
    await Promise.all([this.#accepting, ...ends]);
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
    for await (const connection of listener) {
      connection.setNoDelay(true);
      this.#connections.set(connection, this.#serve(connection));
    }
  }

  async #serve(connection: Deno.TcpConn): Promise<void> {
    const { signal } = this.#dropped;
    let rest = "";
    try {
      for await (const text of connection.readable.pipeThrough(new TextDecoderStream())) {
        const lines = (rest + text).split("\n");
        rest = lines.pop()!;
        for (const line of lines) await this.#answer(connection, line.replace(/\r$/, ""), signal);
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
    const { answers } = this;
    const answer = typeof answers === "function" ? answers : Object.hasOwn(answers, question) ? answers[question] : "";
    const text = typeof answer === "function" ? await answer(question) : answer || undefined;
    if (this.delayMs > 0) await delay(this.delayMs, { signal });
    const line = text === undefined || !this.garble ? text : this.garble(text);
    if (line !== undefined) await this.#write(connection, line);
  }

  async #write(connection: Deno.TcpConn, line: string): Promise<void> {
    let rest = new TextEncoder().encode(line + this.#newline);
    while (rest.length) rest = rest.subarray(await connection.write(rest));
  }
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // It is closed already.
  }
}
