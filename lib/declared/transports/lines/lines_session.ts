import type { LineConnection } from "../../../driver/connection/line_connection.ts";
import { LabError, messageOf } from "../../../errors.ts";
import { parseTemplate } from "../../format_spec.ts";
import type { LineLink } from "../../line_link.ts";
import type { LineTurns } from "../../shared_lines.ts";
import { LimitedLog } from "../../limited_log.ts";
import { type Pattern, patternOf } from "../../pattern.ts";
import { Payload } from "../../payload.ts";
import { shown } from "../../text_address.ts";
import type { Addressed, Raw, Reading, Readings, TransportSession } from "../../transport.ts";
import { LineReader } from "./line_values.ts";
import { checkNmea } from "./nmea.ts";
import type { LinesKeys, LinesSetting, LinesValue } from "./schema.ts";

/** The types of errors of one line, after which the next one can be read. */
const ERRORS_OF_A_LINE = ["WrongEncoding"];

/** An open connection with an instrument that prints lines. */
export class LinesSession implements TransportSession<LinesValue, LinesSetting, string> {
  readonly #link: LineLink | LineTurns;
  readonly #peer: string;
  readonly #timeoutMs: number;
  readonly #keys: LinesKeys;
  readonly #skip: Pattern | undefined;
  readonly #expect: Pattern | undefined;
  readonly #log = new LimitedLog();
  /** The connection on which the instrument is set up. */
  #begunOn: LineConnection | undefined;
  /** True once a whole line has come. */
  #isInStep = false;

  /** @param link The device's own connection, if the instrument sends by itself; or turns on a shared one. */
  constructor(link: LineLink | LineTurns, { peer, timeout }: { peer: string; timeout: number }, keys: LinesKeys) {
    this.#link = link;
    this.#peer = peer;
    this.#timeoutMs = timeout * 1000;
    this.#keys = keys;
    this.#skip = keys.skip === undefined ? undefined : patternOf(keys.skip);
    this.#expect = keys.expect === undefined ? undefined : patternOf(keys.expect);
  }

  async begin(signal: AbortSignal): Promise<void> {
    await this.#turn(() => Promise.resolve(), signal);
  }

  async read(values: readonly Addressed<LinesValue>[], signal: AbortSignal): Promise<Readings> {
    const { ask } = this.#keys;
    const answer = await this.#query(ask!, signal);
    try {
      const found = new LineReader(this.#keys, values).read(this.#checked(answer));
      if ("readings" in found) return found.readings;
      throw new Error(found.problem);
    } catch (error) {
      throw new LabError("DriverError", `Cannot read ${this.#peer} by ${shown(ask!)}: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }

  async *subscribe(values: readonly Addressed<LinesValue>[], signal: AbortSignal): AsyncGenerator<Readings> {
    const reader = new LineReader(this.#keys, values);
    const { lines } = this.#link as LineLink;
    // Lines that arrived before this read are old.
    if (lines.discard() > 0) this.#isInStep = true;
    while (!signal.aborted) {
      try {
        for await (const line of lines.lines(signal, this.#options())) {
          this.#isInStep = true;
          const readings = this.#readingsOf(line, reader);
          if (readings) yield readings;
        }
      } catch (error) {
        if (!(error instanceof LabError) || !ERRORS_OF_A_LINE.includes(error.type)) throw error;
        this.#log.warn(() => `a line is not used: ${error.message}`);
      }
    }
  }

  async get({ name, address: { ask, ...part } }: Addressed<LinesSetting>, signal: AbortSignal): Promise<Reading> {
    const reading = new Payload(await this.#query(ask!, signal)).reading(part);
    if (reading.raw !== undefined) return reading;
    throw new LabError("DriverError", `Cannot read ${name} of ${this.#peer} by ${shown(ask!)}: ${reading.quality}`);
  }

  async set({ address }: Addressed<LinesSetting>, raw: Raw, signal: AbortSignal): Promise<void> {
    const command = parseTemplate(address.set!).format(raw);
    await this.#turn((lines) => this.#command(lines, command, signal), signal);
  }

  /** Sends also to an instrument that no longer answers: the command may make it safe. */
  async command(command: string, signal: AbortSignal): Promise<void> {
    if ("turn" in this.#link) await this.#link.turn((lines) => this.#command(lines, command, signal), signal);
    else await this.#command(this.#link.lines, command, signal);
  }

  async probe({ address }: Addressed<LinesValue> | Addressed<LinesSetting>, signal: AbortSignal): Promise<void> {
    const ask = "ask" in address ? address.ask : undefined;
    await this.#query(ask ?? this.#keys.ask!, signal);
  }

  async close(): Promise<void> {
    await this.#link.close();
  }

  #query(ask: string, signal: AbortSignal): Promise<string> {
    return this.#turn((lines) => lines.query(ask, { signal, timeoutMs: this.#timeoutMs }), signal);
  }

  /** A turn on a connection on which the instrument is set up. */
  async #turn<Result>(work: (lines: LineConnection) => Promise<Result>, signal: AbortSignal): Promise<Result> {
    const begun = async (lines: LineConnection) => {
      if (lines !== this.#begunOn) {
        for (const command of this.#keys.setup) await this.#command(lines, command, signal);
      }
      this.#begunOn = lines;
      return await work(lines);
    };
    return await ("turn" in this.#link ? this.#link.turn(begun, signal) : begun(this.#link.lines));
  }

  async #command(lines: LineConnection, command: string, signal: AbortSignal): Promise<void> {
    const options = { signal, timeoutMs: this.#timeoutMs };
    // A lost instrument may still take a command, but its answer is not awaited.
    if (this.#expect && lines.isOpen) await lines.command(command, this.#expect, options);
    else await lines.write(command, options);
  }

  /** The first line after connecting is skipped, because its beginning may be missing. */
  #options() {
    return { silenceMs: this.#keys.silence * 1000, skipFirst: !this.#isInStep };
  }

  #readingsOf(line: string, reader: LineReader): Readings | undefined {
    if (line.trim() === "" || this.#skip?.test(line)) return undefined;
    try {
      const found = reader.read(this.#checked(line));
      if ("readings" in found) return found.readings;
      this.#log.warn(() => `a line is not used: ${found.problem}`);
    } catch (error) {
      this.#log.warn(() => `a line is not used: ${shown(line)}: ${messageOf(error)}`);
    }
  }

  #checked(line: string): string {
    return this.#keys.checksum === "nmea" ? checkNmea(line) : line;
  }
}
