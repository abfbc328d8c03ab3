import { z } from "zod";
import type { JsonSchema } from "../../wire/driver.ts";
import { ERRORS, type LabErrorCode } from "../../wire/error_codes.ts";
import { REQUEST_ID } from "../../wire/headers.ts";
import { errorAnswer } from "./error_answers.ts";
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
  answer: Answer;
  /** The errors that it answers, besides those that every route can answer. */
  errors?: LabErrorCode[];
}

/** The answer to a request that succeeds. */
export interface Answer {
  /** Defaults to 200. */
  status?: number;
  description: string;
  /** The schema of its JSON body. */
  body?: z.ZodType;
  /** Its other media types, each with its JSON Schema. */
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
  parameters: Parameter[];
  requestBody?: unknown;
  responses: Record<string, object>;
}

/** Operations by path and method. */
export type Paths = Record<string, Record<string, DescribedOperation>>;

/** Errors that every route can answer. */
const ANY_ROUTE: LabErrorCode[] = ["ForbiddenOrigin", "InternalError"];

/** The errors of reading a body. */
export const BODY_ERRORS: LabErrorCode[] = ["InvalidRequest", "BodyTooLarge", "UnsupportedMediaType"];

/** Turns operations, by `POST /devices`, into the paths of the document, and gathers their components. */
export function describeOperations(operations: Record<string, Operation>, components: Components): Paths {
  const paths: Paths = {};
  for (const [route, operation] of Object.entries(operations)) {
    const [method, path] = route.split(" ");
    paths[path] = { ...paths[path], [method.toLowerCase()]: describeOperation(path, operation, components) };
  }
  return paths;
}

function describeOperation(path: string, operation: Operation, components: Components): DescribedOperation {
  const { id, summary, description, body, answer, errors = [] } = operation;
  const { status = 200 } = answer;
  const media = { ...(answer.body && json(components.add(answer.body))), ...mapSchema(answer.media) };
  return {
    operationId: id,
    tags: [tagOf(path)],
    summary,
    ...(description && { description }),
    parameters: parametersOf(path, operation),
    // Without a required key, no body at all means `{}`.
    ...(body && { requestBody: { required: !body.safeParse({}).success, content: json(components.add(body)) } }),
    responses: {
      [status]: {
        description: answer.description,
        headers: HEADERS,
        ...(Object.keys(media).length && { content: media }),
      },
      ...describeErrors([...errors, ...ANY_ROUTE], components),
    },
  };
}

/** The tag of a route: `Devices`, `Streams`, `Drivers`, and `Daemon` for all others. */
function tagOf(path: string): string {
  const [, first] = path.split("/");
  return { devices: "Devices", stream: "Streams", drivers: "Drivers" }[first] ?? "Daemon";
}

const HEADERS = { [REQUEST_ID]: { $ref: "#/components/headers/RequestId" } };

const json = (schema: JsonSchema) => ({ "application/json": { schema } });

const mapSchema = (media: Record<string, JsonSchema> = {}) =>
  Object.fromEntries(Object.entries(media).map(([type, schema]) => [type, { schema }]));

function parametersOf(path: string, { query, parameters = [] }: Operation): Parameter[] {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]): Parameter => (
    { name, in: "path", required: true, schema: { type: "string" } }
  ));
  const inQuery = Object.entries(query?.shape ?? {}).map(([name, schema]): Parameter => {
    const { $schema: _, ...json } = z.toJSONSchema(schema, { io: "input" });
    const { description } = withUnit(json) as { description?: string };
    return { name, in: "query", required: !schema.safeParse(undefined).success, description, schema: json };
  });
  return [...inPath, ...inQuery, ...parameters];
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
