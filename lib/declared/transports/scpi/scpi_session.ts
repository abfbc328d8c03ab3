import { LabError, messageOf } from "../../../errors.ts";
import { parseTemplate } from "../../format_spec.ts";
import { patternOf } from "../../pattern.ts";
import { partOf, shown } from "../../text_address.ts";
import type { Addressed, Raw, Reading, Readings, Session } from "../../transport.ts";
import { blockNumbers, type BlockType } from "./block_numbers.ts";
import type { ScpiLink } from "./links/scpi_link.ts";
import type { ScpiKeys, ScpiSetting, ScpiValue } from "./schema.ts";
import { readingOf } from "./sentinels.ts";

/** The errors that are taken off the queue at a time. A queue that is longer, or never empty, is reported so. */
const MAX_QUEUED_ERRORS = 30;

/** An open connection with a SCPI instrument. */
export class ScpiSession implements Session<ScpiValue, ScpiSetting, string> {
  readonly #link: ScpiLink;
  readonly #keys: ScpiKeys;

  constructor(link: ScpiLink, keys: ScpiKeys) {
    this.#link = link;
    this.#keys = keys;
  }

  /**
   * Identifies the instrument, empties its error queue and sends `setup`.
   *
   * @throws {LabError} `DriverError`, if another instrument answers, or a command fails.
   */
  async begin(signal: AbortSignal): Promise<void> {
    const { identify, errors, setup } = this.#keys;
    if (identify) await this.#identify(identify, signal);
    // Errors of an earlier user are not the next command's.
    const old = errors ? await this.#takeErrors(signal) : [];
    if (old.length > 0) console.warn(`errors in the queue at connect: ${old.join("; ")}`);
    for (const command of setup) await this.command(command, signal);
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
      if (!answers.has(ask)) answers.set(ask, await this.#link.query(ask, { signal }));
      readings[name] = this.#reading(name, answers.get(ask)!, address);
    }
    return readings;
  }

  async get({ name, address }: Addressed<ScpiSetting>, signal: AbortSignal): Promise<Reading> {
    return this.#reading(name, await this.#link.query(address.ask!, { signal }), address);
  }

  async set({ name, address }: Addressed<ScpiSetting>, raw: Raw, signal: AbortSignal): Promise<void> {
    await this.#link.write(parseTemplate(address.set!).format(raw), { signal });
    await this.#assertTaken(`Cannot set ${name} of ${this.#link.peer}`, signal);
  }

  async command(command: string, signal: AbortSignal): Promise<void> {
    await this.#link.write(command, { signal });
    await this.#assertTaken(`Cannot send ${shown(command)} to ${this.#link.peer}`, signal);
  }

  async probe({ address }: Addressed<ScpiValue> | Addressed<ScpiSetting>, signal: AbortSignal): Promise<void> {
    const { identify } = this.#keys;
    const isBlock = !identify && "block" in address && address.block !== undefined;
    if (isBlock) await this.#link.queryBlock(address.ask!, { signal });
    else await this.#link.query(identify?.ask ?? address.ask!, { signal });
  }

  async close(): Promise<void> {
    await this.#link.close();
  }

  async #block(name: string, { ask, endian }: ScpiValue, type: BlockType, signal: AbortSignal): Promise<Reading> {
    const bytes = await this.#link.queryBlock(ask, { signal });
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

  async #identify({ ask, expect }: NonNullable<ScpiKeys["identify"]>, signal: AbortSignal): Promise<void> {
    const answer = await this.#link.query(ask, { signal });
    if (patternOf(expect).test(answer)) return;
    const message = `Cannot use ${this.#link.peer}: ${shown(ask)} expected /${expect}/, found ${shown(answer)}`;
    const hint = "; if it greets each connection so, the param banner is a regular expression of that line";
    throw new LabError("DriverError", message + hint, { type: "WrongInstrument" });
  }

  /** @throws {LabError} `DriverError` of type `InstrumentError`, with the errors in the queue. */
  async #assertTaken(attempt: string, signal: AbortSignal): Promise<void> {
    if (!this.#keys.errors) return;
    const found = await this.#takeErrors(signal);
    if (found.length === 0) return;
    const message = `${attempt}: the instrument reports ${found.join("; ")}`;
    throw new LabError("DriverError", message, { type: "InstrumentError", context: { errors: found } });
  }

  /** The errors in the queue, which is empty then. */
  async #takeErrors(signal: AbortSignal): Promise<string[]> {
    const { ask, ok } = this.#keys.errors!;
    const isEmpty = patternOf(ok);
    const found: string[] = [];
    while (found.length < MAX_QUEUED_ERRORS) {
      const answer = await this.#link.query(ask, { signal });
      if (isEmpty.test(answer)) return found;
      found.push(answer.trim());
    }
    return [...found, `and more: after ${MAX_QUEUED_ERRORS} errors, ${shown(ask)} still finds no empty queue`];
  }
}
