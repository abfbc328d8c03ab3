import { z } from "zod";
import { Lost } from "../../async/mod.ts";
import type { DeviceFunctions, Driver } from "../../driver/contract.ts";
import type { CallContext } from "../../driver/call_context.ts";
import { defineDriver } from "../../driver/define_driver.ts";
import type { PropertyDefinition } from "../../driver/property.ts";
import { LabError, messageOf } from "../../errors.ts";
import { LimitedLog } from "../limited_log.ts";
import type { Readings, Session } from "../transport.ts";
import { type Meant, meant, rawOf, type Value, valueSchema } from "./meaning.ts";
import { type Declared, type DriverDocument, QUALITY, readDriverFile } from "./read_file.ts";

/** A sample: the values by their names, and the reasons of those that are missing or doubtful. */
type Sample = Record<string, unknown>;

/**
 * The driver that a YAML file declares.
 *
 * @param name The name of the file, for messages.
 * @throws {LabError} `DriverError` of type `DriverLoadError`, with line and column of each fault.
 */
export async function declaredDriver(source: string, name: string): Promise<Driver> {
  return driverOf(await readDriverFile(source, name));
}

function driverOf(document: DriverDocument): Driver {
  const { driver, summary, transport, values, settings, actions, sampleRate, keys } = document;
  const isPolled = values.length > 0 && !transport.pushes?.(keys);
  return defineDriver<z.ZodObject, z.ZodObject, z.ZodType, Functions, Record<string, unknown>, Record<string, unknown>>(
    {
      name: driver,
      summary,
      params: withDefaults(transport.params, document.params),
      options: isPolled ? z.object({ sample_rate: rateOption(sampleRate) }) : z.object({}),
      sample: values.length > 0 ? sampleSchema(values, isPolled) : undefined,
      permissions: (params) => transport.permissions(params),
      // They run no code of their own, so those of one transport share a process, and the connections in it.
      bus: () => `${transport.name} drivers`,
      create: (params) => {
        const device = new DeclaredDevice(document, params);
        return values.length === 0 ? withoutStream(device) : isPolled ? withRead(device) : withStream(device);
      },
      methods: Object.fromEntries(actions.map(({ name, commands }) => {
        return [name, { run: ({ device }, _input, { signal }) => device.execute(commands, signal) }];
      })),
      properties: Object.fromEntries(settings.map((setting) => [setting.name, propertyOf(document, setting)])),
    },
  );
}

function rateOption(sampleRate: number) {
  return z.number().positive().max(1_000).default(sampleRate).meta({ unit: "Hz", description: "Samples per second" });
}

/** The params of the transport, with the defaults of the file. */
function withDefaults(params: z.ZodObject, defaults: Record<string, unknown>): z.ZodObject {
  const shape = Object.entries(defaults).map(([key, value]) => {
    const schema = params.shape[key] as z.ZodType;
    return [key, schema.prefault(value).meta(schema.meta() ?? {})];
  });
  return shape.length > 0 ? params.safeExtend(Object.fromEntries(shape)) : params;
}

function sampleSchema(values: Declared[], isPolled: boolean) {
  const channels = values.map((value) => {
    const schema = valueSchema(value, { limited: false });
    const nullable = schema.nullable().meta(schema.meta() ?? {});
    return [value.name, isPolled ? nullable : nullable.optional()];
  });
  return z.object({
    ...Object.fromEntries(channels),
    [QUALITY]: z.record(z.string(), z.string()).optional().meta({
      description: "The reasons of values that are missing or doubtful, by their names",
    }),
  });
}

function propertyOf({ transport }: DriverDocument, setting: Declared): PropertyDefinition<{ device: DeclaredDevice }> {
  const { address, meaning: { summary } } = setting;
  const isReadable = transport.isReadable?.(address) ?? true;
  const isWritable = transport.isWritable?.(address) ?? true;
  return {
    schema: valueSchema(setting, { limited: true }),
    ...(summary !== undefined && { summary }),
    ...(isReadable && { get: ({ device }, { signal }: CallContext) => device.get(setting, signal) }),
    ...(isWritable &&
      { set: ({ device }, value, { signal }: CallContext) => device.set(setting, value as Value, signal) }),
  };
}

type Functions = DeviceFunctions<Record<string, unknown>, Sample> & {
  device: DeclaredDevice;
  safe?(reason: string, signal: AbortSignal): Promise<void>;
};

function withoutStream(device: DeclaredDevice): Functions {
  return {
    device,
    connect: (signal) => device.connect(signal),
    disconnect: () => device.disconnect(),
    ...(device.hasSafe && { safe: (_reason: string, signal: AbortSignal) => device.safe(signal) }),
  };
}

function withRead(device: DeclaredDevice): Functions {
  return { ...withoutStream(device), read: (signal) => device.read(signal) };
}

function withStream(device: DeclaredDevice): Functions {
  return { ...withoutStream(device), stream: (signal) => device.stream(signal) };
}

/** One instrument of a declared driver. */
class DeclaredDevice {
  readonly #document: DriverDocument;
  readonly #params: unknown;
  /** The kinds of reasons that were logged last, by the names of values. */
  readonly #logged = new Map<string, string>();
  readonly #limited = new LimitedLog();
  #session: Session<unknown, unknown, unknown> | undefined;

  constructor(document: DriverDocument, params: unknown) {
    this.#document = document;
    this.#params = params;
  }

  async connect(signal: AbortSignal): Promise<void> {
    const { transport, keys, values, settings } = this.#document;
    this.#session = await transport.open({ params: this.#params, keys, values, settings }, signal);
  }

  async disconnect(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.close();
  }

  async read(signal: AbortSignal): Promise<Sample> {
    return this.#sample(await this.#open().read!(this.#document.values, signal));
  }

  async *stream(signal: AbortSignal): AsyncGenerator<Sample | Lost> {
    for await (const readings of this.#open().subscribe!(this.#document.values, signal)) {
      yield readings instanceof Lost ? readings : this.#sample(readings);
    }
  }

  async get(setting: Declared, signal: AbortSignal): Promise<unknown> {
    const { value, quality } = this.#meant(setting, await this.#open().get!(setting, signal));
    if (value !== null) return value;
    throw new LabError("DriverError", `Cannot read ${setting.name}: ${quality}`);
  }

  async set(setting: Declared, value: Value, signal: AbortSignal): Promise<void> {
    await this.#open().set!(setting, rawOf(value, setting), signal);
  }

  /** True if the file says what makes the instrument safe. */
  get hasSafe(): boolean {
    return this.#document.safe.length > 0;
  }

  /** Sends the commands of an action, up to the first that fails. */
  async execute(commands: readonly unknown[], signal: AbortSignal): Promise<void> {
    for (const command of commands) await this.#open().command!(command, signal);
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

  /** `isLenient`: what cannot be understood is no value. One faulty message of many is no reason to connect again. */
  #meant(value: Declared, reading: Readings[string], isLenient = false): Meant {
    try {
      return meant(reading, value);
    } catch (error) {
      if (isLenient) return { value: null, quality: messageOf(error) };
      throw new LabError("DriverError", `Cannot read ${value.name}: ${messageOf(error)}`, { cause: error });
    }
  }

  /** Logs a reason when it begins, and its end. */
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
