import type { DriverDescription, JsonSchema } from "../../driver/describe.ts";
import { eventComponent, EVENTS } from "./events.ts";
import { asItTravels, componentName, componentsOf, mapSchemas, refTo } from "./json_schema.ts";
import { methodComponents } from "./method_components.ts";

/** The names under which a driver's schemas stand among the components. */
export function driverNames(driver: string) {
  const name = (...parts: string[]) => componentName(driver, ...parts);
  return {
    params: name("params"),
    options: name("options"),
    sample: name("sample"),
    /** The body that makes a device of it. */
    create: name("create"),
    /** Its samples as events. */
    deviceData: name("device_data"),
    input: (method: string) => name("methods", method, "input"),
    /** The body that calls it. */
    call: (method: string) => name("methods", method, "call"),
  };
}

/** Everything that is known of a driver's own data, as components. */
export function driverComponents({ name, params, options, sample, methods }: DriverDescription) {
  const names = driverNames(name);
  // What a driver requires of its options, the bench file may have said.
  const { required: _, ...someOptions } = options;
  return {
    ...componentsOf(names.params, { ...params, title: `Params of ${name}` }),
    ...componentsOf(names.options, { ...someOptions, title: `Options of ${name}` }),
    [names.create]: createBody(name, params),
    ...(sample && componentsOf(names.sample, mapSchemas({ ...sample, title: `Sample of ${name}` }, asItTravels))),
    ...(sample && {
      [names.deviceData]: {
        description: EVENTS.device_data.description,
        allOf: [refTo(eventComponent("device_data")), {
          type: "object",
          properties: { payload: refTo(names.sample) },
          required: ["payload"],
        }],
      },
    }),
    ...Object.assign({}, ...methods.map((method) => methodComponents(names, method))),
  } as Record<string, JsonSchema>;
}

function createBody(driver: string, params: JsonSchema): JsonSchema {
  const ref = refTo(driverNames(driver).params);
  const isNeeded = ((params.required ?? []) as string[]).length > 0;
  return {
    title: driver,
    type: "object",
    properties: {
      device_id: { type: "string", description: "The device's name", examples: ["daq1"] },
      device_type: { type: "string", const: driver },
      params: isNeeded ? ref : { anyOf: [ref, { type: "null" }] },
    },
    required: ["device_id", "device_type", ...(isNeeded ? ["params"] : [])],
    additionalProperties: false,
  };
}
