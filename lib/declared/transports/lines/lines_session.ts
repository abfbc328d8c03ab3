import type { LineConnection } from "../../../driver/connection/line_connection.ts";
import { LabError, messageOf } from "../../../errors.ts";
import { parseTemplate } from "../../format_spec.ts";
import type { LineLink } from "../../line_link.ts";
import { LimitedLog } from "../../limited_log.ts";
import { type Pattern, patternOf } from "../../pattern.ts";
import { Payload } from "../../payload.ts";
import { shown } from "../../text_address.ts";
import type { Addressed, Raw, Reading, Readings, Session } from "../../transport.ts";
import { LineReader } from "./line_values.ts";
import { checkNmea } from "./nmea.ts";
import type { LinesKeys, LinesSetting, LinesValue } from "./schema.ts";

/** The types of errors of one line, after which the next one can be read. */
const ERRORS_OF_A_LINE = ["WrongEncoding"];

/** An open connection with an instrument that prints lines. */
export class LinesSession implements Session<LinesValue, LinesSetting, string> {
  readonly #link: LineLink;
  readonly #lines: LineConnection;
  readonly #peer: string;
  readonly #keys: LinesKeys;
  readonly #skip: Pattern | undefined;
  readonly #expect: Pattern | undefined;
  readonly #log = new LimitedLog();
  /** True once a whole line has come. */
  #isInStep = false;

  constructor(link: LineLink, peer: string, keys: LinesKeys) {
    this.#link = link;
    this.#lines = link.lines;
    this.#peer = peer;
    this.#keys = keys;
    this.#skip = keys.skip === undefined ? undefined : patternOf(keys.skip);
    this.#expect = keys.expect === undefined ? undefined : patternOf(keys.expect);
  }

  async begin(signal: AbortSignal): Promise<void> {
    for (const command of this.#keys.setup) await this.command(command, signal);
  }

  async read(values: readonly Addressed<LinesValue>[], signal: AbortSignal): Promise<Readings> {
    const { ask } = this.#keys;
    const answer = await this.#lines.query(ask!, { signal });
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
    // What came while no read was pending is old.
    if (this.#lines.discard() > 0) this.#isInStep = true;
    while (!signal.aborted) {
      try {
        for await (const line of this.#lines.lines(signal, this.#options())) {
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
    const reading = new Payload(await this.#lines.query(ask!, { signal })).reading(part);
    if (reading.raw !== undefined) return reading;
    throw new LabError("DriverError", `Cannot read ${name} of ${this.#peer} by ${shown(ask!)}: ${reading.quality}`);
  }

  async set({ address }: Addressed<LinesSetting>, raw: Raw, signal: AbortSignal): Promise<void> {
    await this.command(parseTemplate(address.set!).format(raw), signal);
  }

  async command(command: string, signal: AbortSignal): Promise<void> {
    if (this.#expect) await this.#lines.command(command, this.#expect, { signal });
    else await this.#lines.write(command, { signal });
  }

  async probe({ address }: Addressed<LinesValue> | Addressed<LinesSetting>, signal: AbortSignal): Promise<void> {
    const ask = "ask" in address ? address.ask : undefined;
    await this.#lines.query(ask ?? this.#keys.ask!, { signal });
  }

  async close(): Promise<void> {
    await this.#link.close();
  }

  /** The first line may have begun before the connection. */
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
