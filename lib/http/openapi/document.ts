import type { DriverDescription, DriverStatus, JsonSchema } from "../../wire/driver.ts";
import { ALARM_OPERATIONS } from "./alarm_operations.ts";
import { AUDIT_OPERATIONS } from "./audit_operations.ts";
import { CALL_OPERATIONS } from "./call_operations.ts";
import { DAEMON_OPERATIONS } from "./daemon_operations.ts";
import { DEVICE_OPERATIONS } from "./device_operations.ts";
import { devicePaths, ownComponentsOrNone, tagOf } from "./device_paths.ts";
import { driverComponents, driverNames } from "./driver_components.ts";
import { EVENTS } from "./event_stream.ts";
import { exampleOf, mapSchemas, oneOf, refTo, withUnit } from "./json_schema.ts";
import {
  Components,
  type DescribedOperation,
  describeOperations,
  type Operation,
  type Paths,
  SECURITY_SCHEMES,
} from "./operation.ts";
import { LEASE_OPERATIONS } from "./lease_operations.ts";
import { LAYOUT_OPERATIONS } from "./layout_operations.ts";
import { PROPERTY_OPERATIONS } from "./property_operations.ts";
import { RECORDING_OPERATIONS } from "./recording_operations.ts";
import { SESSION_OPERATIONS } from "./session_operations.ts";
import { STREAM_OPERATIONS } from "./stream_operations.ts";
import { TASK_OPERATIONS } from "./task_operations.ts";
import { TOKEN_OPERATIONS } from "./token_operations.ts";

/** An OpenAPI 3.1 document. */
export interface Document {
  openapi: string;
  info: Record<string, unknown>;
  tags: { name: string; description: string }[];
  paths: Paths;
  components: {
    schemas: Record<string, JsonSchema>;
    securitySchemes: Record<string, unknown>;
    headers: Record<string, unknown>;
  };
  [key: string]: unknown;
}

/** The present drivers and devices. A device's driver is as it was when the device was made, or last reloaded. */
export interface DocumentedBench {
  drivers: DriverStatus[];
  /** The devices. `sample` is the schema of a device's samples, if it differs from its driver's. */
  devices: { id: string; driver: DriverDescription; sample?: JsonSchema | null }[];
}

const DESCRIPTION = `
One daemon owns the instruments of a bench: requests control them, server-sent events report their samples and states.

This is a description of the daemon at this moment: beside the general paths each device, of the first hundred, has its own,
with the schemas of its driver, and the schemas of each loaded driver are among the components. \`x-unit\` in a schema is the unit of a number
(\`unit\` in \`GET /drivers\`); the unit ends the description, too.

- **Errors** have the body \`{"error": {"type", "message", "origin", "timestamp", "context"}}\`. An unknown path is answered
  with 404 \`NotFound\`; a method that a path does not know with 405 \`MethodNotAllowed\` and the header \`Allow\`.
- **HEAD** answers as GET does, without the body.
- **\`X-Request-Id\`** in every answer is the request's id in the daemon's log, and so is \`context.request_id\` of every
  error. A request may bring its own: up to 64 letters, digits, \`_\`, \`-\` and \`=\`.
- **Tokens**: without any token, requests from the daemon's own machine need none. As soon as there is one, every route but
  the pages and \`/health\` needs one; \`x-scope\` is the least scope of each. 401 \`Unauthorized\`: none that is in force; 403
  \`Forbidden\`: one that does not allow this.
- **Pages** of other origins are refused, unless they come from this machine or the bench file allows them.
- **Answers** may gain keys; a program should ignore those that it does not know. Requests with unknown keys are refused.
`.trim();

const TAGS = [
  { name: "Daemon", description: "The daemon itself" },
  { name: "Drivers", description: "Device types, one for each driver file" },
  { name: "Devices", description: "The devices of the bench, and commands to them" },
  { name: "Streams", description: "The events of devices, as server-sent events" },
  { name: "Leases", description: "Who may command which devices" },
  { name: "Tasks", description: "Programs that own devices while they run" },
  { name: "Recordings", description: "What devices streamed, on the disk" },
];

/**
 * Describes every route, in steps of a few milliseconds: 0.1 s in all.
 *
 * @param more Routes that a view has besides.
 */
export function* describeInSteps(
  version: string,
  more: Record<string, Operation> = {},
): Generator<void, Document> {
  const components = new Components();
  for (const event of Object.values(EVENTS)) {
    // The data of events is no body of a route.
    components.add(event);
    yield;
  }
  const operations = {
    ...DAEMON_OPERATIONS,
    ...DEVICE_OPERATIONS,
    ...CALL_OPERATIONS,
    ...PROPERTY_OPERATIONS,
    ...STREAM_OPERATIONS,
    ...SESSION_OPERATIONS,
    ...TOKEN_OPERATIONS,
    ...AUDIT_OPERATIONS,
    ...RECORDING_OPERATIONS,
    ...LEASE_OPERATIONS,
    ...ALARM_OPERATIONS,
    ...TASK_OPERATIONS,
    ...LAYOUT_OPERATIONS,
    ...more,
  };
  const paths = yield* describeOperations(operations, components);
  const requestId = { description: "The request's id in the daemon's log", schema: { type: "string" } };
  return mapSchemas({
    openapi: "3.1.0",
    info: { title: "LabDaemon", version, description: DESCRIPTION, license: { name: "MIT", identifier: "MIT" } },
    // Below the path at which this document is found.
    servers: [{ url: ".", description: "This daemon" }],
    security: [],
    tags: TAGS,
    paths,
    components: {
      schemas: components.schemas,
      securitySchemes: SECURITY_SCHEMES,
      headers: { RequestId: { ...requestId, example: "9f31c4a80b2e" } },
    },
  }, withUnit);
}

/** Each method and path, with its summary. */
export function endpointsOf({ paths }: Document): Record<string, string> {
  const all = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { summary }]) => [`${method.toUpperCase()} ${path}`, summary])
  );
  return Object.fromEntries(all);
}

type LoadedDriver = DriverStatus & DriverDescription;

/** The description of the routes together with the present drivers and devices. */
export function describeBench(routes: Document, { drivers, devices }: DocumentedBench): Document {
  const components = new Map(
    withinBudget(drivers.filter((it): it is LoadedDriver => it.status === "loaded")).flatMap((driver) => {
      const schemas = componentsOrNone(driver, routes);
      return schemas ? [[driver, schemas] as const] : [];
    }),
  );
  const loaded = [...components.keys()];
  // A device without a usable driver has the general paths only.
  const described = devices.filter(({ driver }) => loaded.some(({ params }) => params === driver.params));
  const paths: Paths = { ...routes.paths };
  if (loaded.length) paths["/devices"] = { ...paths["/devices"], post: createBy(loaded, paths["/devices"].post) };
  const schemas: Record<string, JsonSchema> = Object.assign({}, ...components.values());
  for (const { id, driver, sample } of described) {
    const own = sample && sample !== driver.sample ? ownComponentsOrNone(id, driver, sample) : undefined;
    Object.assign(paths, devicePaths(routes.paths, id, driver, own && sample));
    Object.assign(schemas, own);
  }
  const tags = described.map(({ id, driver: { name, summary } }) => (
    { name: tagOf(id), description: summary ? `${name}: ${summary}` : name }
  ));
  return {
    ...routes,
    tags: [...routes.tags, ...tags],
    paths,
    components: {
      ...routes.components,
      schemas: { ...routes.components.schemas, ...schemas },
    },
  };
}

/** The size of all descriptions that become components, as JSON, in characters: making them blocks the daemon for 0.1 s. */
const MAX_DESCRIBED_CHARS = 512 * 1024;

/** The drivers whose descriptions fit into the budget: the smallest ones, in their original order. */
function withinBudget(drivers: LoadedDriver[]): LoadedDriver[] {
  const sizes = drivers.map((driver) => ({ driver, size: JSON.stringify(driver).length }));
  let left = MAX_DESCRIBED_CHARS;
  const kept = new Set(
    sizes.sort((a, b) => a.size - b.size).filter(({ size }) => (left -= size) >= 0).map(({ driver }) => driver),
  );
  return drivers.filter((driver) => kept.has(driver));
}

/**
 * A driver's schemas as components; `undefined` if they cannot be described: then the document has the other drivers, and
 * the general paths for this one.
 */
function componentsOrNone(driver: DriverDescription, { paths }: Document): Record<string, JsonSchema> | undefined {
  try {
    // The paths and the example of a device of it, too.
    exampleOf(driver.params);
    devicePaths(paths, "any", driver);
    return mapSchemas({ schemas: driverComponents(driver) }, withUnit).schemas;
  } catch {
    return undefined;
  }
}

/** `POST /devices` with a body for each loaded driver. */
function createBy(drivers: DriverDescription[], general: DescribedOperation): DescribedOperation {
  const bodies = drivers.map(({ name }) => [name, refTo(driverNames(name).create)] as const);
  const examples = drivers.map(({ name, params }) => [name, exampleOf(params)] as const)
    .filter(([, params]) => params)
    .map(([name, params]) => [name, { value: { device_id: "new1", device_type: name, params } }]);
  const mapping = Object.fromEntries(bodies.map(([name, { $ref }]) => [name, $ref]));
  const schema = {
    ...oneOf(bodies.map(([, ref]) => ref)),
    ...(bodies.length > 1 && { discriminator: { propertyName: "device_type", mapping } }),
  };
  const content = { schema, ...(examples.length && { examples: Object.fromEntries(examples) }) };
  return { ...general, requestBody: { required: true, content: { "application/json": content } } };
}
