import type { DriverDescription, JsonSchema, MethodDescription } from "../../wire/driver.ts";
import { eventComponent, EVENTS } from "./event_stream.ts";
import { componentName, componentsOf, mapSchemas, refTo, wireSchema } from "./json_schema.ts";

/** The names of a driver's components. */
export function driverNames(driver: string) {
  const name = (...parts: string[]) => componentName(driver, ...parts);
  return {
    params: name("params"),
    options: name("options"),
    sample: name("sample"),
    /** The body that creates a device of it. */
    create: name("create"),
    /** The samples of the driver as events. */
    deviceData: name("device_data"),
    input: (method: string) => name("methods", method, "input"),
    property: (property: string) => name("properties", property),
    /** The body that sets it. */
    setProperty: (property: string) => name("properties", property, "set"),
    /** The body that calls it. */
    call: (method: string) => name("methods", method, "call"),
  };
}

/** A driver's schemas as components. */
export function driverComponents({ name, params, options, sample, methods, properties }: DriverDescription) {
  const names = driverNames(name);
  // The bench file may already give the options that the driver requires.
  const { required: _, ...optional } = options;
  const components: Record<string, JsonSchema> = {
    ...componentsOf(names.params, { ...params, title: `Params of ${name}` }),
    ...componentsOf(names.options, { ...optional, title: `Options of ${name}` }),
    [names.create]: bodyOf({
      title: name,
      device_id: { type: "string", description: "The device's id", examples: ["daq1"] },
      device_type: { type: "string", const: name },
      params: orNull(params, names.params),
    }, ["device_id", "device_type", ...requiredIf(params, "params")]),
  };
  if (sample) Object.assign(components, sampleComponents(names, `Sample of ${name}`, sample));
  for (const method of methods) Object.assign(components, methodComponents(names, method));
  for (const { name, summary, schema, writable } of properties) {
    if (!writable) continue;
    Object.assign(components, componentsOf(names.property(name), { ...schema, title: `${name}: ${summary}` }));
    components[names.setProperty(name)] = bodyOf({
      title: `Set ${name}`,
      value: refTo(names.property(name)),
    }, ["value"]);
  }
  return components;
}

/** Samples as components: themselves, and as events. */
export function sampleComponents(
  names: { sample: string; deviceData: string },
  title: string,
  sample: JsonSchema,
): Record<string, JsonSchema> {
  const event = { type: "object", properties: { payload: refTo(names.sample) }, required: ["payload"] };
  return {
    ...componentsOf(names.sample, mapSchemas({ ...sample, title }, wireSchema)),
    [names.deviceData]: {
      description: EVENTS.device_data.meta()!.description,
      allOf: [refTo(eventComponent("device_data")), event],
    },
  };
}

const ANY_ARGUMENTS = { args: { type: ["array", "null"] }, kwargs: { type: ["object", "null"] } };

/** A method's input, and the body that calls it: with arguments by name, or by position. */
function methodComponents(names: ReturnType<typeof driverNames>, { name, doc, input }: MethodDescription) {
  const component = names.input(name);
  const body = (title: string, args: Record<string, JsonSchema>, required: string[]) => ({
    ...bodyOf({ title, method: { type: "string", const: name }, ...args }, ["method", ...required]),
    description: doc,
  });
  // A method of a registered class accepts any arguments.
  if (input.type !== "object") return { [names.call(name)]: body(name, ANY_ARGUMENTS, []) };

  const byName = body(name, {
    args: { type: ["array", "null"], maxItems: 0 },
    kwargs: orNull(input, component),
  }, requiredIf(input, "kwargs"));
  const keys = Object.keys((input.properties ?? {}) as JsonSchema);
  // JSON Schema cannot say which arguments are left to be given by name.
  const byPosition = body(`${name}, by position`, {
    args: {
      type: "array",
      prefixItems: keys.map((key) => refTo(component, key)),
      items: false,
      minItems: 1,
      maxItems: keys.length,
    },
    kwargs: {
      type: ["object", "null"],
      properties: Object.fromEntries(keys.map((key) => [key, refTo(component, key)])),
      additionalProperties: input.additionalProperties ?? true,
    },
  }, ["args"]);
  return {
    ...componentsOf(component, { ...input, title: `Input of ${name}` }),
    [names.call(name)]: keys.length ? { anyOf: [byName, byPosition], description: doc } : byName,
  };
}

function bodyOf({ title, ...properties }: JsonSchema, required: string[]): JsonSchema {
  return { title, type: "object", properties, required, additionalProperties: false };
}

/** `[key]`, if an object's schema requires any of its keys: then the object itself is required, too. */
function requiredIf({ required = [] }: JsonSchema, key: string): string[] {
  return (required as string[]).length ? [key] : [];
}

function orNull(schema: JsonSchema, component: string): JsonSchema {
  const ref = refTo(component);
  return requiredIf(schema, "").length ? ref : { anyOf: [ref, { type: "null" }] };
}
