import { z } from "zod";
import type { Driver } from "../../driver/contract.ts";
import { limitMs, type ObjectSchema } from "../../driver/method.ts";
import type { DriverDescription, JsonSchema, ParameterDescription, Permissions } from "../../wire/driver.ts";
import { checkPermissions } from "../permissions.ts";
import type { CheckedParams } from "../protocol/protocol.ts";

/** The limit of the checked params that a device's process sends, as JSON in UTF-16 units. */
const MAX_CHECKED_CHARS = 32 * 1024;

/** Describes a driver by its own schemas. */
export function describeDriver(driver: Driver): DriverDescription {
  const { name, summary, params, options, sample, methods, properties } = driver;
  const defaults = params.safeParse({});
  return {
    name,
    summary,
    params: jsonSchema(params),
    options: jsonSchema(options),
    sample: sample ? jsonSchema(sample) : null,
    methods: Object.entries(methods).map(([name, { summary = "", input, limit }]) => ({
      name,
      doc: summary,
      parameters: describeParameters(input),
      input: input ? jsonSchema(input) : {},
      ...(limit !== undefined && { limit: limitMs(limit)! / 1000 }),
    })),
    properties: Object.entries(properties).map(([name, { summary = "", schema, get, set }]) => ({
      name,
      summary,
      schema: jsonSchema(schema),
      writable: set !== undefined,
      readable: get !== undefined,
    })),
    permissions: requestedByDefault(driver, defaults.data),
  };
}

/**
 * Valid params, with the permissions and the bus that the driver derives from them.
 *
 * @throws the driver's error.
 */
export function checkedParams(driver: Driver, params: Record<string, unknown>): CheckedParams {
  const bus = driver.bus?.(params) ?? null;
  return { params, permissions: requestedPermissions(driver, params), bus };
}

/** The valid params at the start of a device, as JSON; `null` if the driver throws, or its answer is too large. */
export function checkedAgain(driver: Driver, params: Record<string, unknown>): CheckedParams | null {
  try {
    const text = JSON.stringify(checkedParams(driver, params));
    return text.length > MAX_CHECKED_CHARS ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

/**
 * The permissions that a driver requests for a device.
 *
 * @throws {LabError} `InvalidRequest`, if the driver requests permissions that do not exist. They may come from the
 * params.
 */
function requestedPermissions(driver: Driver, params: Record<string, unknown>): Permissions {
  const permissions = driver.permissions(params);
  checkPermissions(permissions);
  return permissions;
}

/** The permissions with default params, or independent of params. A failure is reported when a device is created. */
function requestedByDefault(driver: Driver, params: Record<string, unknown> | undefined): Permissions | null {
  try {
    return params || driver.permissions.length === 0 ? requestedPermissions(driver, params ?? {}) : null;
  } catch {
    return null;
  }
}

/** The JSON Schema of an input: defaults make a key optional, and what JSON Schema cannot express is left open. */
export function jsonSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
}

/** The parameters of an input schema in their declared order, which is also the order of positional arguments. */
function describeParameters(input?: ObjectSchema): ParameterDescription[] {
  if (!input) return [];
  const { properties = {}, required = [] } = jsonSchema(input) as {
    properties?: Record<string, JsonSchema>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, schema]) => {
    const { type = "any", default: fallback, unit, description } = schema as Partial<ParameterDescription>;
    return {
      name,
      type: String(type),
      required: required.includes(name),
      ...(fallback !== undefined && { default: fallback }),
      ...(unit !== undefined && { unit }),
      ...(description !== undefined && { description }),
    };
  });
}
