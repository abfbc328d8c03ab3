import type { DriverDescription, JsonSchema } from "../../wire/driver.ts";
import { driverNames, sampleComponents } from "./driver_components.ts";
import { eventStreamSchema } from "./event_stream.ts";
import { componentName, exampleOf, mapSchemas, oneOf, refTo, withUnit } from "./json_schema.ts";
import type { DescribedOperation, Parameter, Paths } from "./operation.ts";

/**
 * The paths of one device that are more precise than those of any device: the arguments of its methods, the options of
 * its runs, its samples.
 *
 * @param ownSample The schema of the device's samples, if it differs from its driver's.
 */
export function devicePaths(
  paths: Paths,
  deviceId: string,
  driver: DriverDescription,
  ownSample: JsonSchema | null = null,
): Paths {
  const names = driverNames(driver.name);
  const { deviceData } = ownSample ? ownSampleNames(driver.name, deviceId) : names;
  const specific = (template: string, method: string, changes: (general: DescribedOperation) => object): Paths => {
    const { [method]: general } = paths[template];
    const operation = {
      ...general,
      operationId: `${general.operationId}.${deviceId}`,
      tags: [tagOf(deviceId)],
      parameters: general.parameters.filter((it) => it.in !== "path"),
    };
    return { [template.replace("{device_id}", deviceId)]: { [method]: { ...operation, ...changes(operation) } } };
  };
  const json = (schema: JsonSchema, example?: unknown) => ({
    "application/json": { schema, ...(example !== undefined && { example }) },
  });
  const calls = driver.methods.map(({ name }) => refTo(names.call(name)));
  const isClosed = driver.options.additionalProperties === false;
  return {
    ...(calls.length && specific("/devices/{device_id}/call", "post", () => ({
      requestBody: { required: true, content: json(oneOf(calls)) },
    }))),
    ...Object.fromEntries(
      driver.properties.filter(({ writable }) => writable).flatMap(({ name, summary }) =>
        Object.entries(specific("/devices/{device_id}/properties/{name}", "put", ({ operationId }) => ({
          operationId: `${operationId}.${name}`,
          ...summary && { summary: `set \`${name}\`: ${summary}` },
          requestBody: { required: true, content: json(refTo(names.setProperty(name))) },
        }))).map(([path, operations]) => [path.replace("{name}", name), operations])
      ),
    ),
    ...specific("/devices/{device_id}/stream/start", "post", () => ({
      requestBody: { required: false, content: json(refTo(names.options), exampleOf(driver.options)) },
    })),
    ...specific("/stream/devices/{device_id}", "get", ({ parameters, responses }) => ({
      description:
        "As `/stream/devices/{device_id}`, with the options of its driver, and its driver's samples. The answer does not end.",
      parameters: [
        ...parameters.filter(({ name }) => !isClosed || name !== "options"),
        ...optionParameters(driver.options, names.options),
      ],
      responses: {
        ...responses,
        200: {
          ...responses[200],
          content: {
            "text/event-stream": {
              schema: eventStreamSchema("one", ownSample || driver.sample ? deviceData : undefined),
            },
          },
        },
      },
    })),
  };
}

/** The tag of a device's own paths. */
export function tagOf(deviceId: string): string {
  return `Device ${deviceId}`;
}

/** Options as a query has them: lists joined by commas; other values that are not plain as JSON. */
function optionParameters(options: JsonSchema, component: string): Parameter[] {
  return Object.entries((options.properties ?? {}) as Record<string, JsonSchema>).map(([name, option]) => {
    const { type } = option;
    const schema = refTo(component, name);
    const { description = "" } = withUnit(option);
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

/** The size of the samples of one device as JSON, in characters. */
const MAX_SAMPLE_CHARS = 16 * 1024;

/** The names of the components of samples that are not those of a device's driver. */
function ownSampleNames(driver: string, deviceId: string) {
  const name = (part: string) => componentName(driver, "devices", deviceId, part);
  return { sample: name("sample"), deviceData: name("device_data") };
}

/** The samples of a device as components; `undefined` if they cannot be described, or are larger than most drivers. */
export function ownComponentsOrNone(id: string, { name }: DriverDescription, sample: JsonSchema) {
  if (JSON.stringify(sample).length > MAX_SAMPLE_CHARS) return undefined;
  try {
    const components = sampleComponents(ownSampleNames(name, id), `Sample of ${id}`, sample);
    return mapSchemas({ schemas: components }, withUnit).schemas;
  } catch {
    return undefined;
  }
}
