import { abortable, deadline, Mutex } from "../../../../async/mod.ts";
import { blockHeader } from "../../../../driver/connection/binary_block.ts";
import { connectionError } from "../../../../driver/connection/connection_error.ts";
import { LabError } from "../../../../errors.ts";
import { shown } from "../../../text_address.ts";
import type { ExchangeOptions, ScpiExchanges, ScpiLink } from "./scpi_link.ts";

/** A connection that carries whole messages, whose ends the protocol marks. */
export interface MessageChannel {
  readonly peer: string;
  send(message: Uint8Array): Promise<void>;
  receive(): Promise<Uint8Array>;
  /** Closes the connection. With a reason, it counts as lost: the host connects the device again. */
  close(reason?: Error): void;
}

/** The longest block, in bytes. */
const MAX_BLOCK_BYTES = 64 * 1024 * 1024;

/**
 * Questions and answers as messages, one exchange at a time. A failed exchange closes the connection, because its
 * answer may still come.
 */
export class MessageLink implements ScpiLink, ScpiExchanges {
  readonly peer: string;
  readonly #channel: MessageChannel;
  readonly #timeoutMs: number;
  readonly #turn = new Mutex();

  constructor(channel: MessageChannel, timeoutMs: number) {
    this.peer = channel.peer;
    this.#channel = channel;
    this.#timeoutMs = timeoutMs;
  }

  /** No other device uses this connection. */
  turn<Result>(work: (connection: ScpiExchanges) => Promise<Result>): Promise<Result> {
    return work(this);
  }

  async query(text: string, { signal }: ExchangeOptions = {}): Promise<string> {
    const answer = await this.#exchange(`Cannot ask ${shown(text)} of ${this.peer}`, async () => {
      await this.#send(text);
      return await this.#channel.receive();
    }, signal);
    return new TextDecoder().decode(answer).replace(/\r?\n$/, "");
  }

  async queryBlock(text: string, { signal }: ExchangeOptions = {}): Promise<Uint8Array> {
    const attempt = `Cannot ask ${shown(text)} of ${this.peer}`;
    return await this.#exchange(attempt, async () => {
      await this.#send(text);
      const answer = await this.#channel.receive();
      const header = blockHeader(Uint8Array.from(answer), MAX_BLOCK_BYTES);
      if (!header) throw new Error(`expected a binary block, found ${shown(new TextDecoder().decode(answer))}`);
      const { start, end = answer.length - 1 } = header;
      if (end > answer.length) throw new Error(`its block has ${end - start} bytes, and ${answer.length - start} came`);
      return answer.slice(start, end);
    }, signal);
  }

  async write(text: string, { signal }: ExchangeOptions = {}): Promise<void> {
    await this.#exchange(`Cannot send ${shown(text)} to ${this.peer}`, () => this.#send(text), signal);
  }

  close(): void {
    this.#channel.close();
  }

  async #send(text: string): Promise<void> {
    await this.#channel.send(new TextEncoder().encode(`${text}\n`));
  }

  /**
   * Runs an exchange. After the signal, the caller no longer waits, but the exchange goes on to its limit, because its
   * answer may still come.
   */
  async #exchange<T>(attempt: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const done = this.#turn.run(async () => {
      try {
        return await deadline(work(), this.#timeoutMs);
      } catch (thrown) {
        const cause = thrown instanceof LabError ? new Error(thrown.message, { cause: thrown }) : thrown;
        const error = connectionError(attempt, cause);
        this.#channel.close(error);
        throw error;
      }
    }, signal);
    done.catch(() => {});
    return await abortable(done, signal);
  }
}
