/**
 * The contract between a YAML driver and its transport: SCPI, Modbus, MQTT and others. A transport knows the address of a
 * value (`ask`, `holding`, `topic`); what the value means (unit, scale, limits, choices) is the same for all of them and is
 * applied outside of the transport.
 *
 * A transport is one folder, `lib/declared/transports/<name>/`, whose `mod.ts` exports it as `transport`, made by
 * {@linkcode defineTransport}. It is listed in `lib/declared/transports/mod.ts`, and is imported while a driver file that
 * names it is loaded, in the process of the driver.
 *
 * @module
 */
import type { z } from "zod";
import type { Lost } from "../async/mod.ts";
import type { Permissions } from "../wire/driver.ts";

/** One value as the instrument gives or takes it: a number before scale and offset, or a text that is not parsed yet. */
export type Raw = number | bigint | string | boolean | readonly number[] | WaveformArray;

/** A waveform. */
export type WaveformArray =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array;

/** One value that was read. */
export interface Reading {
  /** Absent where the instrument has no value: `quality` has the reason. */
  raw?: Raw;
  /** The reason why the value is missing or not to be trusted: `"overload"`, `"stale: retained by the broker"`. */
  quality?: string;
}

/** Values that were read together, by their names. A name that is missing has no news. */
export type Readings = Readonly<Record<string, Reading>>;

/** The JSON type of a value. `array` is a waveform: a list of numbers. */
export type ValueType = "number" | "integer" | "boolean" | "text" | "array";

/** A value or a setting of the file: its name, and its address as the schema of the transport parsed it. */
export interface Addressed<Address> {
  name: string;
  /** The type of the value behind the address. */
  type: ValueType;
  address: Address;
}

/**
 * The content of a driver file as far as it concerns its transport, with the params of one device. `Keys` are the keys of
 * the file that only this transport has.
 */
export interface DeclaredInstrument<Params, Keys, Value, Setting> {
  params: Params;
  keys: Keys;
  values: readonly Addressed<Value>[];
  settings: readonly Addressed<Setting>[];
}

/**
 * An open connection with one instrument. Devices of one transport live in one process. If several of them connect to
 * the same thing, such as a gateway, the transport shares that connection by `share`. The functions are called one at a
 * time, except that `subscribe` runs beside the others. An error that they throw names what was attempted, on what, and
 * what was found.
 */
export interface TransportSession<Value, Setting, Command> {
  /**
   * Reads values together, at the device's `sample_rate`: all of the file, in the order of the file. A transport whose
   * instrument sends by itself has `subscribe` instead. An error ends the connection; the failure of one value alone is a
   * `quality`.
   */
  read?(values: readonly Addressed<Value>[], signal: AbortSignal): Promise<Readings>;
  /**
   * Yields values as they arrive, until the signal aborts. Values that arrive together are one sample. Yields `new
   * Lost(n)` in place of `n` samples that it had to drop. Throws when the connection is lost.
   */
  subscribe?(values: readonly Addressed<Value>[], signal: AbortSignal): AsyncIterable<Readings | Lost>;
  /** Reads a setting back. Called for readable settings only. */
  get?(setting: Addressed<Setting>, signal: AbortSignal): Promise<Reading>;
  /**
   * Sets a setting. Resolves when the instrument has taken it, as far as the protocol shows that; rejects with the
   * instrument's own words if the instrument refuses. Called for writable settings only.
   */
  set?(setting: Addressed<Setting>, raw: Raw, signal: AbortSignal): Promise<void>;
  /** Executes one entry of the file's `safe` list. */
  command?(command: Command, signal: AbortSignal): Promise<void>;
  /**
   * Asks for a value or a setting, and ignores the answer's content. Called after a time without requests. Rejects if
   * no answer comes: the connection then counts as lost.
   */
  probe?(of: Addressed<Value> | Addressed<Setting>, signal: AbortSignal): Promise<void>;
  /** Closes the connection. Called once, also after an error. */
  close(): void | Promise<void>;
}

/**
 * One transport. All schemas are strict objects (`z.strictObject`), and their keys are documented by `.meta({ description,
 * unit })`: forms, the reference in `docs/yaml-drivers.md` and messages are made from them.
 */
export interface Transport<
  Params extends z.ZodObject = z.ZodObject,
  Keys extends z.ZodObject = z.ZodObject,
  Value extends z.ZodObject = z.ZodObject,
  Setting extends z.ZodObject = z.ZodObject,
  Command extends z.ZodType = z.ZodType,
> {
  /** The name of the transport in the file: `transport: scpi`. */
  readonly name: string;
  /** One line, for people. */
  readonly summary: string;
  /**
   * The params of a device: host, port, unit, and whatever describes the connection. The key `params` of a file has
   * defaults for them. A field with the name of a secret, such as `password`, is masked everywhere.
   */
  readonly params: Params;
  /** The keys of a file that only this transport has, besides the common ones (`driver`, `values`, …). */
  readonly keys: Keys;
  /**
   * The keys of a value's address. Keys of the meaning cannot be among them: `unit`, `summary`, `scale`, `offset`, `min`,
   * `max`, `step`, `missing`, `choices`, `example`. With a key `type` of its own, a transport has {@linkcode typeOf}.
   */
  readonly value: Value;
  /** The keys of a setting's address, as for `value`. */
  readonly setting: Setting;
  /** One entry of the list `safe`. */
  readonly command: Command;
  /**
   * The type of the value behind an address, where the address says it (`coil`, `type: int16`). For `undefined`, and without
   * this function, the file's key `type` says it: `number` by default, or `integer`, `boolean`, `text`, `array`.
   */
  typeOf?(address: z.output<Value> | z.output<Setting>): ValueType | undefined;
  /** True for a setting that can be set. By default all can. */
  isWritable?(address: z.output<Setting>): boolean;
  /** True for a setting that can be read back. By default all can. */
  isReadable?(address: z.output<Setting>): boolean;
  /**
   * True if the instrument sends by itself, so that the session has `subscribe`. By default the session has `read`, and
   * the driver gets the option `sample_rate`.
   */
  pushes?(keys: z.output<Keys>): boolean;
  /** The permissions of a process that opens this connection. This function itself needs none. */
  permissions(params: z.output<Params>): Permissions;
  /**
   * The rules that a file must keep beyond its schemas, such as "a topic needs `json` where its payload is not a number".
   *
   * @returns The faults, with the place in the file as keys: `["values", "bath", "input"]`.
   */
  problems?(
    instrument: Omit<DeclaredInstrument<unknown, z.output<Keys>, z.output<Value>, z.output<Setting>>, "params">,
  ): { path: readonly (string | number)[]; message: string }[];
  /**
   * Opens the connection and checks that the right instrument answers. Rejects if not, and leaves nothing open then. The
   * signal aborts opening only.
   */
  open(
    instrument: DeclaredInstrument<z.output<Params>, z.output<Keys>, z.output<Value>, z.output<Setting>>,
    signal: AbortSignal,
  ): Promise<TransportSession<z.output<Value>, z.output<Setting>, z.output<Command>>>;
}

/**
 * A transport of any kind, for code that treats all transports alike. Its own schemas validate the inputs before it
 * gets them.
 */
// deno-lint-ignore no-explicit-any
export type AnyTransport = Transport<any, any, any, any, any>;

/** Declares a transport: types for its author. */
export function defineTransport<
  Params extends z.ZodObject,
  Keys extends z.ZodObject,
  Value extends z.ZodObject,
  Setting extends z.ZodObject,
  Command extends z.ZodType,
>(
  transport: Transport<Params, Keys, Value, Setting, Command>,
): Transport<Params, Keys, Value, Setting, Command> {
  return Object.freeze(transport);
}
