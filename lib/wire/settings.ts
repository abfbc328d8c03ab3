import { z } from "zod";
import { countSchema } from "./values.ts";

/** A duration with its unit. */
const durationSchema = z.string().regex(/^\d{1,10}(\.\d{1,6})? ?(ms|s|min|h)$/).meta({
  description: 'A duration with its unit (ms, s, min or h), such as "500ms" or "2min"',
  examples: ["10s"],
});

/** The largest ring that a request may ask for: its memory is the daemon's. */
const MAX_RING_BYTES = 1024 * 1024 * 1024;

/** The settings of a device that `POST /devices` takes, with the keys of the bench file. */
export const deviceSettingsSchema = z.strictObject({
  streaming: z.enum(["on-demand", "always", "manual"]).meta({
    description: "When it streams: while it has a reader, from its first connection on, or on request",
  }),
  options: z.looseObject({}).meta({ description: "The options of its runs, unless a start gives others" }),
  restart: z.strictObject({
    max_restarts: countSchema,
    window: durationSchema,
    initial_delay: durationSchema,
    max_delay: durationSchema,
  }).partial().meta({ description: "Its restart budget, and the delays between attempts to connect" }),
  limits: z.strictObject({
    connect: durationSchema,
    call: durationSchema,
    stop: durationSchema,
    heartbeat_timeout: durationSchema,
    sample_timeout: durationSchema,
  }).partial().meta({ description: "Its time limits" }),
  ring: z.strictObject({ max_bytes: countSchema.max(MAX_RING_BYTES), max_age: durationSchema }).partial().meta({
    description: "The size of its stream's ring",
  }),
  arrays: z.enum(["json", "base64"]).meta({ description: "The encoding of typed arrays; the driver's by default" }),
  bus: z.string().regex(/^[\w.-]{1,64}$/).meta({
    description: "The bus that it is on, by its name in the bench file",
    examples: ["rs485"],
  }),
  process: z.string().regex(/^[\w.-]{1,64}$/).meta({
    description: "The process that it shares with all devices of this name here; not together with `bus`",
    examples: ["small"],
  }),
  lease: z.literal("required").meta({ description: "`required`: no one may command it without a lease" }),
  transcript: z.boolean().meta({
    description: "True to record the bytes to and from the instrument together with the device",
  }),
  safe_on_shutdown: z.boolean().meta({ description: "True to make the instrument safe when the daemon ends" }),
}).partial();
/** The settings of a new device, with the keys of the bench file. A missing setting has its default. */
export type NewDeviceSettings = z.output<typeof deviceSettingsSchema>;
