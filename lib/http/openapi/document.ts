import type { Hono } from "hono";
import { generateSpecs, resolver } from "hono-openapi";
import type { LabDaemon } from "../../daemon.ts";
import type { DriverStatus } from "../../registry/catalog.ts";
import type { DriverDescription, JsonSchema } from "../../driver/describe.ts";
import { type Described, devicePaths, type Paths, tagOf } from "./device_paths.ts";
import { driverComponents, driverNames } from "./driver_components.ts";
import { EVENTS } from "./events.ts";
import { exampleOf, mapSchemas, oneOf, refTo, tellUnit } from "./json_schema.ts";

/** An OpenAPI 3.1 document. */
export interface Document {
  openapi: string;
  info: Record<string, unknown>;
  tags: { name: string; description: string }[];
  paths: Paths;
  components: { schemas: Record<string, JsonSchema> };
  [key: string]: unknown;
}

const DESCRIPTION = `
One daemon owns the instruments of a bench: requests to control them, server-sent events to watch them.

This describes the daemon as it is at this moment: for each device there are paths of its own beside the general ones,
which say what its driver takes and gives, and each loaded driver's schemas stand among the components. \`x-unit\` in a schema
is the unit of a number (\`unit\` in \`GET /drivers\`); it stands at the end of the description, too.

- **Errors** have the body \`{"error": {"type", "message", "origin", "timestamp", "context"}}\`. A path that is not there is
  answered with 404 \`NotFound\`; a method that a path does not know with 405 \`MethodNotAllowed\` and the header \`Allow\`.
- **HEAD** answers as GET does, without the body.
- **\`X-Request-Id\`** in every answer is the request's name in the daemon's log, and \`context.request_id\` of every error.
  A request may bring its own: up to 64 letters, digits, \`_\`, \`-\` and \`=\`.
- **Pages** of other origins are refused, unless they come from this machine or the bench file allows them.
- **Answers** may gain keys; a program should pass over those that it does not know. Requests with unknown keys are refused.
`.trim();

const TAGS = [
  { name: "Daemon", description: "The daemon itself" },
  { name: "Drivers", description: "Device types, one for each driver file" },
  { name: "Devices", description: "What the bench has, and what can be done with it" },
  { name: "Streams", description: "What devices send, as server-sent events" },
];

/** Describes every route, as it is for any bench: once, when it is first asked for. */
export function routesOf(app: Hono, version: string): () => Promise<Document> {
  let routes: Promise<Document> | undefined;
  return () => routes ??= describeRoutes(app, version);
}

async function describeRoutes(app: Hono, version: string): Promise<Document> {
  const document = await generateSpecs(app, {
    excludeStaticFile: false,
    documentation: {
      info: {
        title: "LabDaemon",
        version,
        description: DESCRIPTION,
        license: { name: "MIT", identifier: "MIT" },
      },
      servers: [{ url: "/", description: "This daemon" }],
      security: [],
      tags: TAGS,
      components: {
        schemas: await eventComponents() as never,
        headers: {
          RequestId: {
            description: "The request's name in the daemon's log",
            schema: { type: "string" },
            example: "9f31c4a80b2e",
          },
        },
      },
    },
  });
  return mapSchemas(document as unknown as Document, tellUnit);
}

/** The data of events: no route answers them as a body, so that nothing else brings them in. */
async function eventComponents(): Promise<Record<string, unknown>> {
  const all = await Promise.all(Object.values(EVENTS).map((event) => resolver(event).toOpenAPISchema()));
  return Object.assign({}, ...all.map(({ components }) => components?.schemas));
}

/** The same with the drivers and devices that there are now. */
export function describeBench(routes: Document, daemon: LabDaemon): Document {
  const drivers = daemon.drivers().filter(isLoaded);
  const devices = daemon.devices().flatMap(({ id, plan }) => {
    const { description } = plan.source;
    // A device whose driver could not be used has nothing to say of its own.
    return drivers.some(({ params }) => params === description.params) ? [{ id, description }] : [];
  });
  const paths: Paths = { ...routes.paths };
  if (drivers.length) paths["/devices"] = { ...paths["/devices"], post: createBy(drivers, paths["/devices"].post) };
  for (const { id, description } of devices) Object.assign(paths, devicePaths(routes.paths, id, description));
  const schemas: Document["components"]["schemas"] = Object.assign({}, ...drivers.map(driverComponents));
  return {
    ...routes,
    tags: [...routes.tags, ...devices.map(({ id, description }) => deviceTag(id, description))],
    paths,
    components: {
      ...routes.components,
      schemas: { ...routes.components.schemas, ...mapSchemas({ schemas }, tellUnit).schemas },
    },
  };
}

function isLoaded(driver: DriverStatus): driver is DriverStatus & DriverDescription {
  return driver.status === "loaded";
}

function deviceTag(id: string, { name, summary }: DriverDescription) {
  return { name: tagOf(id), description: summary ? `${name}: ${summary}` : name };
}

/** The body that makes a device is one of a loaded driver. */
function createBy(drivers: DriverDescription[], general: Described): Described {
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
