import { getLogger } from "@logtape/logtape";
import { type Context, Hono } from "hono";
import type { Access } from "../../access/access.ts";
import { LoginFailure, type LoginProblem } from "../../access/login_failure.ts";
import type { OidcProvider } from "../../access/oidc_provider.ts";
import { LabError, type LabErrorCode } from "../../errors.ts";
import type { LoginProviders } from "../../wire/access.ts";
import {
  deleteAttemptCookie,
  ownOrigin,
  readAttemptCookie,
  setAttemptCookie,
  setSessionCookie,
} from "./session_cookie.ts";

/** The path at which a person begins to log in, and to which the provider sends the browser back. */
const BEGIN = "/session/oidc";
const CALLBACK = `${BEGIN}/callback`;

/** The error that a failed log-in is in the log and in the record of commands. */
const CODES: Record<LoginProblem, LabErrorCode> = {
  refused: "Unauthorized",
  expired: "Unauthorized",
  no_right: "Forbidden",
  provider: "Unavailable",
};

const logger = getLogger(["labdaemon", "access"]);

/** The log-in by the OpenID provider of an institute. Both paths answer by sending the browser on, also after a failure. */
export function oidcRoutes(access: Access): Hono {
  const app = new Hono();

  app.get("/session/providers", (c) => {
    const providers = access.oidc ? [{ label: access.oidc.settings.label, path: BEGIN }] : [];
    return c.json({ providers } satisfies LoginProviders);
  });

  app.get(BEGIN, async (c) => {
    try {
      const provider = providerOf(access);
      const { url, attempt } = await provider.begin(`${ownOrigin(c)}${c.get("prefix")}${CALLBACK}`);
      setAttemptCookie(c, attempt);
      return c.redirect(url, 302);
    } catch (error) {
      return failed(c, error);
    }
  });

  app.get(CALLBACK, async (c) => {
    const home = `${c.get("prefix")}/`;
    const attempt = readAttemptCookie(c);
    deleteAttemptCookie(c);
    try {
      const provider = providerOf(access);
      const address = new URL(`${ownOrigin(c)}${c.get("prefix")}${CALLBACK}${new URL(c.req.url).search}`);
      if (!attempt || address.searchParams.get("state") !== attempt.state) {
        throw new LoginFailure("expired", "the browser has not begun to log in here, or more than 10 minutes ago");
      }
      const { principal, logoutUrl } = await provider.finish(address, attempt);
      const { id } = access.sessions.open(principal, logoutUrl(`${ownOrigin(c)}${home}`));
      c.set("principal", principal);
      setSessionCookie(c, id);
      return c.redirect(home, 302);
    } catch (error) {
      return failed(c, error);
    }
  });

  return app;
}

/** @throws {LoginFailure} for a daemon without a provider. */
function providerOf({ oidc }: Access): OidcProvider {
  if (oidc) return oidc;
  throw new LoginFailure("provider", "the bench file has no oidc");
}

/** Sends the browser to the form to log in, which says in its own words what happened; the log has the provider's. */
function failed(c: Context, thrown: unknown): Response {
  const { problem, message, person } = LoginFailure.of(thrown);
  logger.warn("Cannot log in: {error}", { error: message, request_id: c.get("requestId") });
  c.error = new LabError(CODES[problem], message);
  if (person !== undefined) c.set("claimed", person);
  return c.redirect(`${c.get("prefix")}/#/login?problem=${problem}`, 302);
}
