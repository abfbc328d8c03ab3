import { Lost } from "../../async/mod.ts";
import { watchConnection } from "../../driver/connection/connection_scope.ts";
import { LabError, messageOf } from "../../errors.ts";
import { LimitedLog } from "../limited_log.ts";
import type { Readings, TransportSession } from "../transport.ts";
import { IdleCheck } from "./idle_check.ts";
import { type Meant, meant, rawOf, type SampleValue } from "./meaning.ts";
import { type Declared, type DriverDocument, QUALITY } from "./read_file.ts";

/** A sample: the values by their names, and the reasons of missing or doubtful values. */
export type Sample = Record<string, unknown>;

/** One instrument of a declared driver. */
export class DeclaredDevice {
  readonly #document: DriverDocument;
  readonly #params: unknown;
  /** The kinds of reasons that were logged last, by the names of values. */
  readonly #logged = new Map<string, string>();
  readonly #limited = new LimitedLog();
  #session: TransportSession<unknown, unknown, unknown> | undefined;
  #idle: IdleCheck | undefined;
  /** True between a command that sets something and the next answer. */
  #hasSet = false;

  constructor(document: DriverDocument, params: unknown) {
    this.#document = document;
    this.#params = params;
  }

  async connect(signal: AbortSignal): Promise<void> {
    const { transport, keys, values, settings } = this.#document;
    const session = this.#session = await transport.open({ params: this.#params, keys, values, settings }, signal);
    // Settings first: to read one has no effect, whereas a measurement may be slow, and switch ranges.
    const [asked] = [...settings.filter(({ address }) => transport.isReadable?.(address) ?? true), ...values];
    if (asked === undefined || !session.probe || transport.pushes?.(keys)) return;
    this.#idle = new IdleCheck((signal) => session.probe!(asked, signal));
    watchConnection(this.#idle.lost);
  }

  async disconnect(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    this.#idle?.stop();
    await session?.close();
  }

  async read(signal: AbortSignal): Promise<Sample> {
    return this.#sample(await this.#during((it) => it.read!(this.#document.values, signal)));
  }

  async *stream(signal: AbortSignal): AsyncGenerator<Sample | Lost> {
    for await (const readings of this.#open().subscribe!(this.#document.values, signal)) {
      yield readings instanceof Lost ? readings : this.#sample(readings);
    }
  }

  async get(setting: Declared, signal: AbortSignal): Promise<unknown> {
    try {
      const { value, quality } = this.#meant(setting, await this.#during((it) => it.get!(setting, signal)));
      if (value !== null) return value;
      throw new LabError("DriverError", `Cannot read ${setting.name}: ${quality}`);
    } catch (error) {
      throw this.#hasSet ? this.#hinted(error) : error;
    } finally {
      this.#hasSet = false;
    }
  }

  async set(setting: Declared, value: SampleValue, signal: AbortSignal): Promise<void> {
    const raw = rawOf(value, setting);
    this.#hasSet = true;
    await this.#during((it) => it.set!(setting, raw, signal));
  }

  /** Adds a hint: without the key `expect`, an acknowledgement of the last command would be read as the value. */
  #hinted(error: unknown): unknown {
    const { transport, keys } = this.#document;
    const isKnown = !("expect" in transport.keys.shape) || (keys as { expect?: string }).expect !== undefined;
    if (isKnown || !(error instanceof LabError)) return error;
    const { code, message, type, context, cause } = error;
    const hint = "if the instrument acknowledges commands, the key expect of its file says by which line";
    return new LabError(code, `${message}; ${hint}`, { type, context, cause });
  }

  /** True if the file declares how to make the instrument safe. */
  get hasSafe(): boolean {
    return this.#document.safe.length > 0;
  }

  /** Sends the commands of an action, up to the first that fails. */
  async execute(commands: readonly unknown[], signal: AbortSignal): Promise<void> {
    for (const command of commands) await this.#during((it) => it.command!(command, signal));
  }

  /** Sends all commands, also after one has failed. Rejects with the first failure. */
  async safe(signal: AbortSignal): Promise<void> {
    const session = this.#open();
    const failures: unknown[] = [];
    for (const command of this.#document.safe) {
      await session.command!(command, signal).catch((error) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }

  #during<Result>(
    exchange: (session: TransportSession<unknown, unknown, unknown>) => Promise<Result>,
  ): Promise<Result> {
    const session = this.#open();
    return this.#idle?.during(() => exchange(session)) ?? exchange(session);
  }

  #open() {
    if (!this.#session) throw new LabError("DeviceNotConnected", "Cannot use the instrument: it is not connected");
    return this.#session;
  }

  #sample(readings: Readings): Sample {
    const sample: Sample = {};
    const quality: Record<string, string> = {};
    for (const value of this.#document.values) {
      const { name } = value;
      if (!Object.hasOwn(readings, name)) continue;
      const found = this.#meant(value, readings[name], this.#document.transport.pushes?.(this.#document.keys));
      sample[name] = found.value;
      if (found.quality !== undefined) quality[name] = found.quality;
      this.#log(name, found.quality);
    }
    if (Object.keys(quality).length > 0) sample[QUALITY] = quality;
    return sample;
  }

  /**
   * @param isLenient True to make a text that cannot be read a missing value: one faulty message of many is no reason
   * to reconnect.
   */
  #meant(value: Declared, reading: Readings[string], isLenient = false): Meant {
    try {
      return meant(reading, value);
    } catch (error) {
      if (isLenient) return { value: null, quality: messageOf(error) };
      throw new LabError("DriverError", `Cannot read ${value.name}: ${messageOf(error)}`, { cause: error });
    }
  }

  /** Logs a reason at its beginning and at its end. */
  #log(name: string, quality: string | undefined): void {
    // One kind of reason is one line of the log, whatever was found.
    const kind = quality?.replace(/".*"|[-+.\d]+/g, "");
    if (this.#logged.get(name) === kind) return;
    if (kind === undefined) {
      this.#logged.delete(name);
      return this.#limited.info(() => `${name} is good again`);
    }
    this.#logged.set(name, kind);
    this.#limited.warn(() => `${name}: ${quality}`);
  }
}
