import { LabError, messageOf } from "../../../errors.ts";
import { parseTemplate } from "../../format_spec.ts";
import { patternOf } from "../../pattern.ts";
import { partOf, shown } from "../../text_address.ts";
import type { Addressed, Raw, Reading, Readings, TransportSession } from "../../transport.ts";
import { blockNumbers, type BlockType } from "./block_numbers.ts";
import type { ExchangeOptions, ScpiExchanges, ScpiLink } from "./links/scpi_link.ts";
import type { ScpiKeys, ScpiSetting, ScpiValue } from "./schema.ts";
import { readingOf } from "./sentinels.ts";

/** The errors that are taken off the queue at a time. A queue that is longer, or never empty, is reported so. */
const MAX_QUEUED_ERRORS = 30;

/** An open connection with a SCPI instrument. */
export class ScpiSession implements TransportSession<ScpiValue, ScpiSetting, string> {
  readonly #link: ScpiLink;
  readonly #keys: ScpiKeys;
  readonly #timeoutMs: number | undefined;
  /** The connection on which the instrument is identified and set up. */
  #begunOn: ScpiExchanges | undefined;

  /** @param timeoutMs The limit of an exchange; by default the link's. */
  constructor(link: ScpiLink, keys: ScpiKeys, timeoutMs?: number) {
    this.#link = link;
    this.#keys = keys;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Identifies the instrument, empties its error queue and sends `setup`.
   *
   * @throws {LabError} `DriverError`, if another instrument answers, or a command fails.
   */
  async begin(signal: AbortSignal): Promise<void> {
    await this.#turn(() => Promise.resolve(), signal);
  }

  async read(values: readonly Addressed<ScpiValue>[], signal: AbortSignal): Promise<Readings> {
    const answers = new Map<string, string>();
    const readings: Record<string, Reading> = {};
    for (const { name, address } of values) {
      const { ask, block } = address;
      if (block) {
        readings[name] = await this.#block(name, address, block, signal);
        continue;
      }
      if (!answers.has(ask)) answers.set(ask, await this.#query(ask, signal));
      readings[name] = this.#reading(name, answers.get(ask)!, address);
    }
    return readings;
  }

  async get({ name, address }: Addressed<ScpiSetting>, signal: AbortSignal): Promise<Reading> {
    return this.#reading(name, await this.#query(address.ask!, signal), address);
  }

  async set({ name, address }: Addressed<ScpiSetting>, raw: Raw, signal: AbortSignal): Promise<void> {
    const attempt = `Cannot set ${name} of ${this.#link.peer}`;
    const command = parseTemplate(address.set!).format(raw);
    await this.#turn((connection) => this.#command(connection, command, attempt, signal), signal);
  }

  /** Sends also to an instrument that no longer answers: the command may be the one that makes it safe. */
  async command(command: string, signal: AbortSignal): Promise<void> {
    const attempt = `Cannot send ${shown(command)} to ${this.#link.peer}`;
    await this.#link.turn((connection) => this.#command(connection, command, attempt, signal), signal);
  }

  async probe({ address }: Addressed<ScpiValue> | Addressed<ScpiSetting>, signal: AbortSignal): Promise<void> {
    const { identify } = this.#keys;
    const isBlock = !identify && "block" in address && address.block !== undefined;
    if (isBlock) await this.#queryBlock(address.ask!, signal);
    else await this.#query(identify?.ask ?? address.ask!, signal);
  }

  async close(): Promise<void> {
    await this.#link.close();
  }

  async #block(name: string, { ask, endian }: ScpiValue, type: BlockType, signal: AbortSignal): Promise<Reading> {
    const bytes = await this.#queryBlock(ask, signal);
    try {
      return { raw: blockNumbers(bytes, type, endian) };
    } catch (error) {
      throw this.#unreadable(name, ask, error);
    }
  }

  #reading(name: string, answer: string, { ask, ...part }: ScpiValue | ScpiSetting): Reading {
    try {
      return readingOf(partOf(answer, part));
    } catch (error) {
      throw this.#unreadable(name, ask!, error);
    }
  }

  #unreadable(name: string, ask: string, cause: unknown): LabError {
    const message = `Cannot read ${name} of ${this.#link.peer} by ${shown(ask)}: ${messageOf(cause)}`;
    return new LabError("DriverError", message, { cause });
  }

  #query(ask: string, signal: AbortSignal): Promise<string> {
    return this.#turn((connection) => connection.query(ask, this.#options(signal)), signal);
  }

  #queryBlock(ask: string, signal: AbortSignal): Promise<Uint8Array> {
    return this.#turn((connection) => connection.queryBlock(ask, this.#options(signal)), signal);
  }

  #options(signal: AbortSignal): ExchangeOptions {
    return { signal, timeoutMs: this.#timeoutMs };
  }

  /** A turn on a connection on which the instrument is identified and set up. */
  #turn<Result>(work: (connection: ScpiExchanges) => Promise<Result>, signal: AbortSignal): Promise<Result> {
    return this.#link.turn(async (connection) => {
      if (connection !== this.#begunOn) await this.#begin(connection, signal);
      this.#begunOn = connection;
      return await work(connection);
    }, signal);
  }

  async #begin(connection: ScpiExchanges, signal: AbortSignal): Promise<void> {
    const { identify, errors, setup } = this.#keys;
    if (identify) await this.#identify(connection, identify, signal);
    // Errors of an earlier user must not count for the next command.
    const old = errors ? await this.#takeErrors(connection, signal) : [];
    if (old.length > 0) console.warn(`errors in the queue at connect: ${old.join("; ")}`);
    for (const command of setup) {
      await this.#command(connection, command, `Cannot send ${shown(command)} to ${this.#link.peer}`, signal);
    }
  }

  async #identify(
    connection: ScpiExchanges,
    { ask, expect }: NonNullable<ScpiKeys["identify"]>,
    signal: AbortSignal,
  ): Promise<void> {
    const answer = await connection.query(ask, this.#options(signal));
    if (patternOf(expect).test(answer)) return;
    const message = `Cannot use ${this.#link.peer}: ${shown(ask)} expected /${expect}/, found ${shown(answer)}`;
    const hint = "; if it greets each connection so, the param banner is a regular expression of that line";
    throw new LabError("DriverError", message + hint, { type: "WrongInstrument" });
  }

  /**
   * @throws {LabError} `DriverError` of type `NotAcknowledged`, with the answer; or of type `InstrumentError`, with the errors in
   * the queue.
   */
  async #command(connection: ScpiExchanges, command: string, attempt: string, signal: AbortSignal): Promise<void> {
    const { expect, errors } = this.#keys;
    if (expect === undefined) await connection.write(command, this.#options(signal));
    else {
      const answer = await connection.query(command, this.#options(signal));
      if (!patternOf(expect).test(answer)) {
        const message = `${attempt}: expected /${expect}/, found ${shown(answer)}`;
        throw new LabError("DriverError", message, { type: "NotAcknowledged" });
      }
    }
    if (!errors) return;
    const found = await this.#takeErrors(connection, signal);
    if (found.length === 0) return;
    const message = `${attempt}: the instrument reports ${found.join("; ")}`;
    throw new LabError("DriverError", message, { type: "InstrumentError", context: { errors: found } });
  }

  /** The errors in the queue, which is empty then. */
  async #takeErrors(connection: ScpiExchanges, signal: AbortSignal): Promise<string[]> {
    const { ask, ok } = this.#keys.errors!;
    const isEmpty = patternOf(ok);
    const found: string[] = [];
    while (found.length < MAX_QUEUED_ERRORS) {
      const answer = await connection.query(ask, this.#options(signal));
      if (isEmpty.test(answer)) return found;
      found.push(answer.trim());
    }
    return [...found, `and more: after ${MAX_QUEUED_ERRORS} errors, ${shown(ask)} still finds no empty queue`];
  }
}
