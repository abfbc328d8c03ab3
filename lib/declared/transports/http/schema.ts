/**
 * The keys of HTTP drivers.
 *
 * @module
 */
import { z } from "zod";
import { section } from "../../../yaml/section.ts";
import { refineTemplate, TEMPLATE_FORM } from "../../format_spec.ts";
import { payloadKeys } from "../../payload.ts";

const text = z.string({ error: "a text" });

const path = text.regex(/^\/[^\s{}#]*$/, "a path that starts with /, such as /api/status?unit=1");

/** A path that may have a place for the value. */
const pathTemplate = text.regex(/^\/[^\s#]*$/, "a path that starts with /, such as /relay?turn={}").superRefine(
  (value, context) => {
    if (value.includes("{")) refineTemplate(value, context);
  },
);

const bodyTemplate = text.superRefine(refineTemplate);

const method = z.enum(["PUT", "POST", "PATCH", "GET"], { error: "one of PUT, POST, PATCH, GET" });

/** The names of headers, and their values, each on one line. */
const headers = z.record(text.regex(/^[\w-]+$/, "the name of a header"), text.regex(/^[^\r\n\0]*$/, "one line"), {
  error: "a mapping of headers",
});

/** The params of a device. */
export const httpParams = z.strictObject({
  url: text.refine(isBase, "an address such as http://192.168.1.50 or https://meter.lab:8443/api").meta({
    description: "The address in front of each path of the file",
  }),
  user: text.optional().meta({ description: "The name of a user (basic authentication)" }),
  password: text.optional().meta({ description: "The user's password, such as `{ env: METER_PASSWORD }`" }),
  token: text.optional().meta({ description: "A bearer token, such as `{ file: token }`" }),
  headers: headers.default({}).meta({ description: "Further headers of each request" }),
  ca: text.optional().meta({
    description: "The certificate of the authority that has signed the server's, in PEM: `{ file: ca.pem }`",
  }),
  timeout: z.number().positive("a number above 0").max(60, "at most 60").default(5).meta({
    description: "The limit of each request",
    unit: "s",
  }),
});

function isBase(value: string): boolean {
  const url = URL.parse(value);
  return url !== null && /^https?:$/.test(url.protocol) && !url.search && !url.hash && !url.username && !url.password;
}

/** The keys of a HTTP file. */
export const httpKeys = z.strictObject({
  content_type: text.regex(/^[\w.+-]+\/[\w.+-]+(; *[\w.=-]+)?$/, "a media type, such as text/plain").default(
    "application/json",
  ).meta({ description: "The media type of the bodies that are sent" }),
});

/** The address of a value. */
export const httpValue = z.strictObject({
  get: path.meta({ description: "The path of the request. Values with the same path share its answer" }),
  ...payloadKeys,
});

/** The address of a setting. */
export const httpSetting = z.strictObject({
  set: pathTemplate.optional().meta({
    description:
      "The path to which it is sent; it may have a place for the value. Without it, the property is read-only",
  }),
  method: method.default("PUT").meta({ description: "The method by which it is sent" }),
  body: bodyTemplate.optional().meta({ description: `What is sent: ${TEMPLATE_FORM}` }),
  get: path.optional().meta({ description: "The path from which it is read back" }),
  ...payloadKeys,
}).refine(({ set, get }) => set !== undefined || get !== undefined, "a mapping with set, get, or both")
  .refine(({ set, body }) => set === undefined || set.includes("{") !== (body !== undefined), {
    message: "a place for the value, either in body or in set",
    path: ["set"],
  }).refine(({ method, body }) => method !== "GET" || body === undefined, {
    message: "no body: a GET has none",
    path: ["body"],
  });

/** An entry of `safe`. */
export const httpCommand = section({ set: path, method: method.default("PUT"), body: text.optional() });

/** The params of a device, with their defaults. */
export type HttpParams = z.output<typeof httpParams>;
/** The keys of a driver file. */
export type HttpKeys = z.output<typeof httpKeys>;
/** The address of a value: a path, and the place in the answer. */
export type HttpValue = z.output<typeof httpValue>;
/** The address of a setting, and the request that changes it. */
export type HttpSetting = z.output<typeof httpSetting>;
/** The request of a command. */
export type HttpCommand = z.output<typeof httpCommand>;
