/** Tokens: who may use the daemon, and for what purpose. */
import { z } from "zod";
import { timeSchema } from "./values.ts";

/** The scopes, each of which includes those before it. */
export const SCOPES = ["read", "control", "admin"] as const;

/** A scope of a token. */
export const scopeSchema = z.enum(SCOPES).meta({
  id: "Scope",
  description:
    "`read`: states, streams, values. `control`: also commands to devices. `admin`: also adding and removing " +
    "devices, tokens, the audit log",
});
/**
 * The rights of a token. Each scope includes those before it: `read`, `control`, `admin`.
 *
 * @example
 * ```ts
 * import { type Scope, ServerAPI } from "labdaemon/client";
 *
 * async function makeToken(scope: Scope, api = new ServerAPI()) {
 *   return (await api.createToken("alice", scope, { devices: ["psu*"] })).token;
 * }
 * ```
 */
export type Scope = z.output<typeof scopeSchema>;

/** The name of a token. */
export const tokenNameSchema = z.string().regex(
  /^[\w.@-]{1,64}$/,
  'expected 1 to 64 letters, digits, "_", "-", "." or "@"',
)
  .meta({ description: "Your name for it: a person or a program", examples: ["alice"] });

/** The devices of a token: their ids, in which `*` stands for any characters. Those of a view have the bench: `lab3/*`. */
export const deviceGlobsSchema = z.array(
  z.string().regex(
    /^([\w.*-]{1,64}\/)?[\w.*-]{1,64}$/,
    "expected the id of a device, in which * stands for any characters",
  ),
).min(1).max(100).meta({ description: "Ids of devices; `*` stands for any characters", examples: [["psu*"]] });

/** A token as `GET /tokens` lists it. The token itself is shown once, when it is made. */
export const tokenSchema = z.object({
  name: tokenNameSchema,
  scope: scopeSchema,
  devices: deviceGlobsSchema.nullable().meta({ description: "The devices that it is for; null: all" }),
  created_at: timeSchema,
  expires_at: timeSchema.nullable().meta({ description: "Null: it does not expire" }),
  last_used_at: timeSchema.nullable().meta({ description: "Null: it was not used yet" }),
}).meta({ id: "Token" });
/** A token, without the token itself. */
export type TokenInfo = z.output<typeof tokenSchema>;

/** A lifetime in the units that people think in. */
export const LIFETIME = /^([1-9]\d{0,5}) ?(min|h|d)$/;

/** The body of `POST /tokens`. */
export const newTokenRequestSchema = z.strictObject({
  name: tokenNameSchema,
  scope: scopeSchema,
  devices: deviceGlobsSchema.nullish(),
  expires_in: z.string().regex(LIFETIME, 'expected a whole number of min, h or d, such as "30d"').nullish().meta({
    description: "Its lifetime: `30d`, `12h`, `10min`. Missing: it does not expire",
    examples: ["30d"],
  }),
});
/** A token to make. */
export type NewTokenRequest = z.output<typeof newTokenRequestSchema>;

/** The answer to `POST /tokens` and `POST /tokens/{name}/rotate`. */
export const issuedTokenSchema = tokenSchema.extend({
  token: z.string().meta({
    description: "The token itself. It is shown this once",
    examples: ["lab_3vQ0bC9yJ1sT8mWn5kXr2uZe7hLd4gPfAiOoBcNqVtY"],
  }),
}).meta({ id: "IssuedToken" });
/** A new token, with the token itself. */
export type IssuedToken = z.output<typeof issuedTokenSchema>;

/** The body of `POST /session`. */
export const sessionRequestSchema = z.strictObject({
  token: z.string().min(1).max(200).meta({
    description: "A token, or the code of the link that the first start prints",
  }),
});

/** The principal, and the session of a browser, if there is one. */
export const sessionInfoSchema = z.object({
  name: z.string().meta({
    description: "The name of the token, or `oidc:` and a person's; `anyone` where none is needed",
    examples: ["alice"],
  }),
  scope: scopeSchema,
  devices: deviceGlobsSchema.nullable().meta({ description: "The devices that it is for; null: all" }),
  expires_at: timeSchema.nullable().meta({ description: "The end of the session; null without one" }),
  csrf_token: z.string().nullable().meta({
    description: "What each command of the session sends as `X-CSRF-Token`; null without a session",
  }),
  logout_url: z.string().nullable().meta({
    description: "Where one who came by the institute's provider logs out there, too; null for others",
  }),
  token: z.string().optional().meta({
    description: "The first administrator's token, which is shown this once; only for the code of the first start",
  }),
}).meta({ id: "Session" });
/** The principal, and the session of a browser. */
export type SessionInfo = z.output<typeof sessionInfoSchema>;

/** The ways to log in besides a token. */
export const loginProvidersSchema = z.object({
  providers: z.array(z.object({
    label: z.string().meta({ description: "The words of its button", examples: ["Log in with the university"] }),
    path: z.string().meta({
      description: "The path of the daemon that a browser goes to",
      examples: ["/session/oidc"],
    }),
  })),
}).meta({ id: "LoginProviders" });
/** The ways to log in besides a token. */
export type LoginProviders = z.output<typeof loginProvidersSchema>;

/** The body of `POST /tickets`. */
export const ticketRequestSchema = z.strictObject({
  path: z.string().regex(/^\/stream(\/devices\/[\w.%-]{1,192})?$/, "expected /stream or /stream/devices/{device_id}")
    .meta({
      description: "The path that the ticket opens, without its query",
      examples: ["/stream/devices/daq1"],
    }),
  scope: scopeSchema.optional().meta({ description: "No more than the asking token's; `read` by default" }),
});

/** The answer to `POST /tickets`. */
export const ticketSchema = z.object({
  ticket: z.string().meta({
    description: "For the query: `?ticket=`. It is valid once",
    examples: ["lab_9yJ1sT8mWn5kXr2"],
  }),
  expires_at: timeSchema,
}).meta({ id: "Ticket" });
/** A ticket, which opens one stream once. */
export type Ticket = z.output<typeof ticketSchema>;
