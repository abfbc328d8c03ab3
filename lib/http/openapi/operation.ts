import { z } from "zod";
import type { JsonSchema } from "../../wire/driver.ts";
import { ERRORS, type LabErrorCode } from "../../wire/error_codes.ts";
import { ASKED_AT, DAEMON_CLOCK, LEASE, REQUEST_ID, VALID_FOR } from "../../wire/headers.ts";
import { accessOf } from "../access/route_table.ts";
import { errorAnswer } from "./error_answers.ts";
import { errorsOf, needsLease } from "./route_errors.ts";
import { refTo, withUnit } from "./json_schema.ts";

/** The description of one route. */
export interface Operation {
  /** `listDevices`: the name that generated clients use. */
  id: string;
  /** A few words, which `GET /` shows too. */
  summary: string;
  description?: string;
  /** The schema of its JSON body. */
  body?: z.ZodType;
  /** The schema of its query. */
  query?: z.ZodObject;
  /** Parameters that no zod schema describes. */
  parameters?: Parameter[];
  answer: OperationAnswer;
  /** The answer 202 to a request that is accepted and not yet done. */
  accepted?: OperationAnswer;
  /** True for a command. A command that has waited too long is refused, so it has the headers and errors of that. */
  isCommand?: boolean;
  /** The errors of the operation, besides those that follow from its path, its method and its body. */
  errors?: LabErrorCode[];
}

/** The answer to a request that succeeds. */
export interface OperationAnswer {
  /** Defaults to 200. */
  status?: number;
  description: string;
  /** The schema of its JSON body. */
  body?: z.ZodType;
  /** The other media types of the operation, each with its JSON Schema. */
  media?: Record<string, JsonSchema>;
}

/** A parameter of OpenAPI. */
export interface Parameter {
  name: string;
  in: "query" | "header" | "path";
  required?: boolean;
  description?: string;
  schema?: JsonSchema;
  [key: string]: unknown;
}

/** An operation in the document. */
export interface DescribedOperation {
  operationId: string;
  tags: string[];
  summary: string;
  description?: string;
  /** The ways to authenticate; none on a public route. */
  security: Record<string, string[]>[];
  /** The least scope that it needs. */
  "x-scope"?: string;
  parameters: Parameter[];
  requestBody?: unknown;
  responses: Record<string, object>;
}

/** Operations by path and method. */
export type Paths = Record<string, Record<string, DescribedOperation>>;

/** The header that shows the token of a lease. */
export const LEASE_HEADER: Parameter = {
  name: LEASE,
  in: "header",
  description: "The tokens of leases, separated by commas, as `POST /leases` answers them",
  schema: { type: "string" },
};

/** The ways to authenticate. None at all is enough where no token is needed. */
export const SECURITY_SCHEMES = {
  token: {
    type: "http",
    scheme: "bearer",
    description: "A token, as `POST /tokens` or `ctl token create` shows it once",
  },
};
const SECURITY = [...Object.keys(SECURITY_SCHEMES).map((name) => ({ [name]: [] })), {}];

/** The headers by which a command that has waited expires. */
const COMMAND_HEADERS: Parameter[] = [
  {
    name: ASKED_AT,
    in: "header",
    description:
      `The time of the asking, as a reading of the header \`${DAEMON_CLOCK}\` that every answer has. An older ` +
      `command than \`${VALID_FOR}\` is refused`,
    schema: { type: "string", examples: ["k3f9-120345"] },
  },
  {
    name: VALID_FOR,
    in: "header",
    description:
      "The validity of the command in seconds, 10 by default; it counts while the command waits for its turn, too",
    schema: { type: "number", exclusiveMinimum: 0, maximum: 86_400 },
  },
];

/** Turns operations, by `POST /devices`, into the paths of the document, and gathers their components: one a step. */
export function* describeOperations(
  operations: Record<string, Operation>,
  components: Components,
): Generator<void, Paths> {
  const paths: Paths = {};
  for (const [route, operation] of Object.entries(operations)) {
    const [method, path] = route.split(" ");
    paths[path] = { ...paths[path], [method.toLowerCase()]: describeOperation(method, path, operation, components) };
    yield;
  }
  return paths;
}

function describeOperation(
  method: string,
  path: string,
  operation: Operation,
  components: Components,
): DescribedOperation {
  const { id, summary, description, body, answer, accepted } = operation;
  const access = accessOf(method, path)!;
  const isPublic = access.scope === "public";
  return {
    operationId: id,
    tags: [tagOf(path)],
    summary,
    ...(description && { description }),
    security: isPublic ? [] : SECURITY,
    ...(!isPublic && { "x-scope": access.scope }),
    parameters: [...parametersOf(path, operation), ...needsLease(method, path) ? [LEASE_HEADER] : []],
    // Without a required key, no body at all means `{}`.
    ...(body && { requestBody: { required: !body.safeParse({}).success, content: json(components.add(body)) } }),
    responses: {
      ...describeAnswer(answer, components),
      ...(accepted && describeAnswer(accepted, components)),
      ...describeErrors(errorsOf(method, path, operation), components),
    },
  };
}

function describeAnswer({ status = 200, description, body, media }: OperationAnswer, components: Components) {
  const content = { ...(body && json(components.add(body))), ...mapSchema(media) };
  return { [status]: { description, headers: HEADERS, ...(Object.keys(content).length && { content }) } };
}

/** The tag of a route: `Devices`, `Streams`, `Drivers`, and `Daemon` for all others. */
function tagOf(path: string): string {
  const [, first] = path.split("/");
  return {
    devices: "Devices",
    calls: "Devices",
    safe: "Devices",
    alarms: "Devices",
    stream: "Streams",
    drivers: "Drivers",
    recordings: "Recordings",
    leases: "Leases",
  }[first] ??
    "Daemon";
}

const HEADERS = { [REQUEST_ID]: { $ref: "#/components/headers/RequestId" } };

const json = (schema: JsonSchema) => ({ "application/json": { schema } });

const mapSchema = (media: Record<string, JsonSchema> = {}) =>
  Object.fromEntries(Object.entries(media).map(([type, schema]) => [type, { schema }]));

function parametersOf(path: string, { query, parameters = [], isCommand }: Operation): Parameter[] {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]): Parameter => (
    { name, in: "path", required: true, schema: { type: "string" } }
  ));
  const inQuery = Object.entries(query?.shape ?? {}).map(([name, schema]): Parameter => {
    const { $schema: _, ...json } = z.toJSONSchema(schema, { io: "input" });
    const { description } = withUnit(json) as { description?: string };
    return { name, in: "query", required: !schema.safeParse(undefined).success, description, schema: json };
  });
  return [...inPath, ...inQuery, ...parameters, ...isCommand ? COMMAND_HEADERS : []];
}

/** One response for each status, with all the errors of that status. */
function describeErrors(codes: LabErrorCode[], components: Components): Record<string, object> {
  const byStatus = Map.groupBy(new Set(codes), (code) => ERRORS[code].status);
  return Object.fromEntries(Array.from(byStatus, ([status, codes]) => {
    const answers = codes.map((code) => components.add(errorAnswer(code)));
    const description = codes.map((code) => `\`${code}\`: ${ERRORS[code].meaning}.`).join(" ");
    return [status, {
      description,
      headers: HEADERS,
      content: json(answers.length > 1 ? { anyOf: answers } : answers[0]),
    }];
  }));
}

/** The schemas that have an id. */
export class Components {
  readonly schemas: Record<string, JsonSchema> = {};
  readonly #known = new Map<z.ZodType, JsonSchema>();

  /** The JSON Schema of a zod schema, in which every schema with an id is a reference to its component. */
  add(schema: z.ZodType): JsonSchema {
    let known = this.#known.get(schema);
    if (!known) this.#known.set(schema, known = this.#convert(schema));
    return known;
  }

  #convert(schema: z.ZodType): JsonSchema {
    const document = JSON.stringify(z.toJSONSchema(z.object({ it: schema }), { io: "input" }));
    const { properties, $defs = {} } = JSON.parse(document.replaceAll(`"#/$defs/`, `"${refTo("").$ref}`));
    for (const [id, { id: _, ...definition }] of Object.entries<JsonSchema>($defs)) this.schemas[id] = definition;
    return properties.it;
  }
}
