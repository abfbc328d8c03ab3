import { z } from "zod";
import type { DeviceFunctions, Driver } from "../../driver/contract.ts";
import type { CallContext } from "../../driver/call_context.ts";
import { defineDriver } from "../../driver/define_driver.ts";
import type { PropertyDefinition } from "../../driver/property.ts";
import { DeclaredDevice, type Sample } from "./declared_device.ts";
import { type SampleValue, valueSchema } from "./meaning.ts";
import { type Declared, type DriverDocument, QUALITY, readDriverFile } from "./read_file.ts";

/**
 * The driver that a YAML file declares.
 *
 * @param source The text or the bytes of the file.
 * @param name The name of the file, for messages.
 * @throws {LabError} `DriverError` of type `DriverLoadError`, with line and column of each fault.
 */
export async function declaredDriver(source: string | Uint8Array, name: string): Promise<Driver> {
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
      { set: ({ device }, value, { signal }: CallContext) => device.set(setting, value as SampleValue, signal) }),
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
