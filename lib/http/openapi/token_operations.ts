import { z } from "zod";
import { issuedTokenSchema, newTokenRequestSchema, tokenSchema } from "../../wire/access.ts";
import { emptyRequestSchema } from "../../wire/requests.ts";
import type { Operation } from "./operation.ts";

/** The routes of `/tokens`. */
export const TOKEN_OPERATIONS: Record<string, Operation> = {
  "GET /tokens": {
    id: "listTokens",
    summary: "all tokens: their scopes, devices, ends and last uses",
    answer: {
      description: "All tokens, expired ones included",
      body: z.object({ tokens: z.array(tokenSchema) }).meta({ id: "Tokens" }),
    },
    errors: ["TokensNotKept"],
  },
  "POST /tokens": {
    id: "createToken",
    summary: "make a token, which is shown once",
    description: "As soon as there is a token, every request needs one, also on the daemon's own machine.",
    body: newTokenRequestSchema,
    isCommand: true,
    answer: { status: 201, description: "The new token", body: issuedTokenSchema },
    errors: ["TokenExists", "TokensNotKept"],
  },
  "DELETE /tokens/{name}": {
    id: "revokeToken",
    summary: "revoke a token",
    description: "The streams that it has opened end within a second.",
    isCommand: true,
    answer: { status: 204, description: "The token is revoked" },
    errors: ["TokenNotFound", "TokensNotKept"],
  },
  "POST /tokens/{name}/rotate": {
    id: "rotateToken",
    summary: "replace a token by a new one of the same name, scope and devices",
    description: "The old one ends at once. A lifetime begins again.",
    body: emptyRequestSchema,
    isCommand: true,
    answer: { description: "The new token", body: issuedTokenSchema },
    errors: ["TokenNotFound", "TokensNotKept"],
  },
};
