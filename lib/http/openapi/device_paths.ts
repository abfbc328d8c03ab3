import type { DriverDescription, JsonSchema } from "../../driver/describe.ts";
import { driverNames } from "./driver_components.ts";
import { eventStreamSchema } from "./events.ts";
import { exampleOf, oneOf, pointer, refTo, tellUnit } from "./json_schema.ts";
import type { Parameter } from "./operation.ts";

/** An operation as it stands in the document. */
export interface Described {
  operationId?: string;
  tags?: string[];
  summary?: string;
  description?: string;
  parameters?: unknown[];
  requestBody?: unknown;
  responses?: Record<string, unknown>;
}

/** Operations by path and method. */
export type Paths = Record<string, Record<string, Described>>;

/**
 * The paths of one device where they can say more than those of any device: what it is called with, what its runs are
 * shaped by, what it sends.
 */
export function devicePaths(paths: Paths, deviceId: string, driver: DriverDescription): Paths {
  const names = driverNames(driver.name);
  const concrete = (template: string, method: string, changes: (general: Described) => Described): Paths => {
    const general = paths[template][method];
    const own = general.parameters?.filter((it) => (it as Parameter).in !== "path");
    return {
      [template.replace("{device_id}", deviceId)]: {
        [method]: {
          ...general,
          operationId: `${general.operationId}.${deviceId}`,
          tags: [tagOf(deviceId)],
          parameters: own,
          ...changes({ ...general, parameters: own }),
        },
      },
    };
  };
  return {
    ...(driver.methods.length && concrete("/devices/{device_id}/call", "post", () => ({
      requestBody: body(oneOf(driver.methods.map(({ name }) => refTo(names.call(name))))),
    }))),
    ...concrete("/devices/{device_id}/stream/start", "post", () => ({
      requestBody: body(refTo(names.options), { required: false, example: exampleOf(driver.options) }),
    })),
    ...concrete("/stream/devices/{device_id}", "get", ({ parameters = [], responses }) => ({
      description: "As `/stream/devices/{device_id}`, with the options of its driver, and its driver's samples.",
      parameters: [
        ...parameters.filter((it) => isClosed(driver.options) ? (it as Parameter).name !== "options" : true),
        ...optionParameters(driver.options, names.options),
      ],
      responses: { ...responses, 200: events(responses!["200"], driver.sample ? names.deviceData : undefined) },
    })),
  };
}

/** The tag under which a device's own paths stand. */
export function tagOf(deviceId: string): string {
  return `Device ${deviceId}`;
}

function body(schema: JsonSchema, { required = true, example }: { required?: boolean; example?: unknown } = {}) {
  return { required, content: { "application/json": { schema, ...(example !== undefined && { example }) } } };
}

function events(response: unknown, deviceData: string | undefined) {
  const schema = eventStreamSchema("one", deviceData ? { device_data: deviceData } : {});
  return { ...response as object, content: { "text/event-stream": { schema } } };
}

function isClosed(options: JsonSchema): boolean {
  return options.additionalProperties === false;
}

/** Options as they are written in a query: lists joined by commas, what is neither a list nor a plain value as JSON. */
function optionParameters(options: JsonSchema, component: string): Parameter[] {
  return Object.entries((options.properties ?? {}) as Record<string, JsonSchema>).map(([name, option]) => {
    const { type } = option;
    const { description = "" } = tellUnit(option);
    const schema = { $ref: `${refTo(component).$ref}/properties/${pointer(name)}` };
    const parameter: Parameter = {
      name,
      in: "query",
      description: `${description || "An option"}, for the run if this reader starts it`,
    };
    if (type === "array") return { ...parameter, style: "form", explode: false, schema };
    const isPlain = ["string", "number", "integer", "boolean"].includes(type as string);
    return isPlain ? { ...parameter, schema } : { ...parameter, content: { "application/json": { schema } } };
  });
}
