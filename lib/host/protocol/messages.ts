/**
 * The schemas of the messages of a process. A driver can write to the pipe as well as the runtime, so each message is
 * checked before its use. Depth and size are bounded before a message is parsed, see `packets.ts`.
 *
 * @module
 */
import { z } from "zod";
import {
  driverDescriptionSchema,
  methodDescriptionSchema,
  parameterDescriptionSchema,
  permissionsSchema,
  propertyDescriptionSchema,
} from "../../wire/driver.ts";
import { instrumentClockSchema } from "../../wire/device.ts";
import { errorOriginSchema } from "../../wire/error_report.ts";
import { findProtoKey } from "./proto_key.ts";
import { isJsonSchema } from "../../wire/json_schema.ts";
import { countSchema, objectSchema } from "../../wire/values.ts";
import type { FromProcess, ProtocolOperation, ProtocolRequests } from "./protocol.ts";

const MAX_NAME_CHARS = 200;
const MAX_METHODS = 1_000;
const MAX_PROPERTIES = 1_000;
const MAX_PARAMETERS = 200;
const MAX_PERMISSIONS = 1_000;

const textSchema = z.string().max(MAX_NAME_CHARS);

const jsonSchemaSchema = objectSchema.refine(isJsonSchema, "not a JSON Schema");

const errorSchema = z.object({
  code: textSchema,
  type: z.string(),
  message: z.string(),
  origin: errorOriginSchema,
  timestamp: textSchema,
  context: objectSchema,
});

const permissions = permissionsSchema.refine(
  (kinds) => Object.values(kinds).every((it) => it === true || it.length <= MAX_PERMISSIONS),
  `more than ${MAX_PERMISSIONS} entries`,
);

const parameter = parameterDescriptionSchema.extend({ name: textSchema, type: textSchema });

const descriptionSchema = driverDescriptionSchema.extend({
  name: textSchema.regex(/^[A-Za-z]\w*$/, "no name of a driver"),
  params: jsonSchemaSchema,
  options: jsonSchemaSchema,
  sample: jsonSchemaSchema.nullable(),
  methods: z.array(methodDescriptionSchema.extend({
    name: textSchema.min(1),
    parameters: z.array(parameter).max(MAX_PARAMETERS),
    input: jsonSchemaSchema,
  })).max(MAX_METHODS),
  properties: z.array(propertyDescriptionSchema.extend({
    name: textSchema.regex(/^[A-Za-z]\w*$/, "no name of a property"),
    schema: jsonSchemaSchema,
  })).max(MAX_PROPERTIES),
  permissions: permissions.nullable(),
});

const checkedSchema = z.object({ params: objectSchema, permissions, bus: textSchema.min(1).nullable().optional() });

/** The results of requests. */
const RESULTS: { [Op in ProtocolOperation]: z.ZodType<ProtocolRequests[Op][1]> } = {
  load: descriptionSchema,
  check_params: checkedSchema,
  check_options: objectSchema,
  create: z.object({
    streams: z.boolean(),
    safe: z.boolean().optional(),
    checked: checkedSchema.nullable().optional(),
  }),
  connect: z.object({ sample: jsonSchemaSchema.optional() }).nullable(),
  call: z.unknown(),
  get: z.unknown(),
  set: z.unknown(),
  safe: z.null(),
  start: z.null(),
  stop: z.null(),
  disconnect: z.null(),
  ping: z.object({ memory: z.number().nonnegative(), cpu: z.number().nonnegative(), at: z.number() }),
};

/** The limit of entries in one message: a transcript has fewer in a second. */
const MAX_TRANSCRIPT_ENTRIES = 20_000;

const transcriptEntrySchema = z.strictObject({
  at: z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/, "no time"),
  direction: z.enum(["opened", "sent", "received"]),
  base64: z.base64(),
  lost: countSchema.optional(),
});

const messageSchema: z.ZodType<FromProcess> = z.union([
  z.strictObject({ id: countSchema, result: z.unknown() }),
  z.strictObject({ id: countSchema, error: errorSchema }),
  z.strictObject({ begun: countSchema }),
  z.strictObject({ progress: countSchema, fraction: z.number().min(0).max(1).nullable(), text: textSchema }),
  z.strictObject({ lost: countSchema }),
  z.strictObject({ clock: z.number(), source: z.enum(["host", "instrument"]).optional() }),
  z.strictObject({ instrument_clock: instrumentClockSchema }),
  z.strictObject({ ended: errorSchema.nullable() }),
  z.strictObject({ disconnected: errorSchema }),
  z.strictObject({ problem: errorSchema }),
  z.strictObject({ transcript: z.array(transcriptEntrySchema).max(MAX_TRANSCRIPT_ENTRIES) }),
  z.strictObject({ warning: z.strictObject({ type: textSchema, message: z.string().nullable() }) }),
  z.strictObject({ crashed: errorSchema }),
]);

/** @throws {RangeError} if a value is no message of a process. */
export function checkMessage(message: unknown): FromProcess {
  if (findProtoKey(message)) throw new RangeError("Cannot read a message: it has a key __proto__");
  return parsed(messageSchema, message, "Cannot read a message");
}

/** @throws {RangeError} if a value is no result of such a request. */
export function checkResult<Op extends ProtocolOperation>(op: Op, result: unknown): ProtocolRequests[Op][1] {
  return parsed(RESULTS[op], result, `Cannot read the answer to ${op}`);
}

function parsed<T>(schema: z.ZodType<T>, value: unknown, attempt: string): T {
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  const { path, message } = error.issues[0];
  const place = path.map(String).join(".").slice(0, MAX_NAME_CHARS);
  throw new RangeError(`${attempt}: ${place && `${place}: `}${message.slice(0, MAX_NAME_CHARS)}`);
}
