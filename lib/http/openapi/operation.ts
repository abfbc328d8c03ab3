import type { MiddlewareHandler } from "hono";
import { type ContentWithResolver, describeRoute, resolver, type ResponsesWithResolver } from "hono-openapi";
import { z } from "zod";
import type { JsonSchema } from "../../driver/describe.ts";
import type { LabErrorCode } from "../../errors.ts";
import { STATUS } from "../error_response.ts";
import { REQUEST_ID } from "../request_id.ts";
import { errorAnswer, meaningOf } from "./error_report.ts";
import { tellUnit } from "./json_schema.ts";

/** What a route answers when all is well. */
export interface Answer {
  description: string;
  /** The schema of a JSON body. */
  body?: z.ZodType;
  /** Other media types that it answers, each with its JSON Schema. */
  media?: Record<string, JsonSchema>;
}

/** What a route does, for whoever reads the description. Its path and method stand where the route is made. */
export interface Operation {
  /** `listDevices`: the name that generated clients call it by. */
  id: string;
  tag: "Daemon" | "Drivers" | "Devices" | "Streams";
  /** A few words, also what `GET /` says of it. */
  summary: string;
  description?: string;
  /** The schema by which the body is validated. */
  body?: z.ZodType;
  /** The schema by which the query is read, and headers that matter. */
  query?: z.ZodObject;
  headers?: Record<string, { description: string; schema: JsonSchema }>;
  /** Parameters that a schema of zod cannot describe. */
  parameters?: Parameter[];
  answers: Record<number, Answer>;
  /** Every error that it can answer with, besides those that every route can. */
  refusals?: LabErrorCode[];
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

const ANYWHERE: LabErrorCode[] = ["ForbiddenOrigin", "InternalError"];

/** What reading a body may be refused with. */
export const BODY_REFUSALS: LabErrorCode[] = ["InvalidRequest", "BodyTooLarge", "UnsupportedMediaType"];

/** Describes the route that it stands before. It does nothing to a request. */
export function operation(described: Operation): MiddlewareHandler {
  const { id, tag, summary, description, body, answers, refusals = [] } = described;
  return describeRoute({
    operationId: id,
    tags: [tag],
    summary,
    description,
    // The types of hono-openapi are those of OpenAPI 3.0 in places; schemas here are JSON Schemas.
    parameters: parametersOf(described) as never,
    ...(body && {
      requestBody: {
        // Whoever says nothing says `{}`.
        required: !body.safeParse({}).success,
        content: { "application/json": { schema: resolver(body) } },
      },
    }),
    responses: withHeaders({ ...successes(answers), ...failures([...refusals, ...ANYWHERE]) }),
  });
}

function parametersOf({ query, headers = {}, parameters = [] }: Operation): Parameter[] {
  const fromQuery = Object.entries(query?.shape ?? {}).map(([name, schema]): Parameter => {
    const { $schema: _, ...json } = z.toJSONSchema(schema as z.ZodType, { io: "input" });
    const { description } = tellUnit(json) as { description?: string };
    return { name, in: "query", required: !schema.safeParse(undefined).success, description, schema: json };
  });
  const fromHeaders = Object.entries(headers).map(([name, rest]): Parameter => ({ name, in: "header", ...rest }));
  return [...fromQuery, ...fromHeaders, ...parameters];
}

/** Every answer names the request. */
function withHeaders(responses: ResponsesWithResolver): ResponsesWithResolver {
  const headers = { [REQUEST_ID]: { $ref: "#/components/headers/RequestId" } };
  return Object.fromEntries(Object.entries(responses).map(([status, response]) => [status, { ...response, headers }]));
}

function successes(answers: Operation["answers"]): ResponsesWithResolver {
  return Object.fromEntries(
    Object.entries(answers).map(([status, { description, ...what }]) => [status, { description, ...contentOf(what) }]),
  );
}

function contentOf({ body, media = {} }: Omit<Answer, "description">): { content?: ContentWithResolver } {
  const content: ContentWithResolver = {};
  if (body) content["application/json"] = { schema: resolver(body) };
  for (const [type, schema] of Object.entries(media)) content[type] = { schema };
  return body || Object.keys(media).length ? { content } : {};
}

/** One response for each status, with all the errors that have it. */
function failures(codes: LabErrorCode[]): ResponsesWithResolver {
  const byStatus = Map.groupBy(new Set(codes), (code) => STATUS[code]);
  return Object.fromEntries(Array.from(byStatus, ([status, codes]) => {
    const answers = codes.map(errorAnswer);
    const schema = answers.length === 1 ? answers[0] : z.union(answers);
    const description = codes.map((code) => `\`${code}\`: ${meaningOf(code)}.`).join(" ");
    return [status, { description, content: { "application/json": { schema: resolver(schema) } } }];
  }));
}
