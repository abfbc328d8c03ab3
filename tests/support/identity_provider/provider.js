/**
 * A real OpenID provider, for tests: `oidc-provider`. Who logs in is whom the query of `/as` last named. It prints its issuer
 * when it listens, and ends with its standard input.
 */
import { createServer } from "node:http";
import process from "node:process";
import { Buffer } from "node:buffer";
import { Provider } from "oidc-provider";

/** @type {Record<string, object>} */
const PEOPLE = JSON.parse(process.argv[2]);
let person = Object.keys(PEOPLE)[0];

const server = createServer();
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const issuer = `http://127.0.0.1:${server.address().port}`;

const [redirect_uris, post_logout_redirect_uris] = [["http://127.0.0.1/session/oidc/callback"], ["http://127.0.0.1/"]];
const provider = new Provider(issuer, {
  clients: [
    { client_id: "lab", client_secret: "s3cret-of-the-lab", redirect_uris, post_logout_redirect_uris },
    { client_id: "public", token_endpoint_auth_method: "none", redirect_uris, post_logout_redirect_uris },
  ],
  claims: { openid: ["sub"], profile: ["preferred_username", "groups"] },
  // As Keycloak does: all claims are in the ID token, or only in the user info.
  conformIdTokenClaims: process.argv[3] !== "in-token",
  findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id, ...PEOPLE[id] }) }),
  features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: true } },
  interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
  loadExistingGrant: async (context) => {
    const { client, session } = context.oidc;
    const grant = new context.oidc.provider.Grant({ clientId: client.clientId, accountId: session.accountId });
    grant.addOIDCScope("openid profile");
    await grant.save();
    return grant;
  },
  cookies: { keys: ["of tests"] },
  pkce: { required: () => true },
});
// The port of a daemon in a test is the system's: any port of this machine counts as registered.
const { Client } = provider;
const isOurs = (uri, path) => new URL(uri).hostname === "127.0.0.1" && new URL(uri).pathname.endsWith(path);
Client.prototype.redirectUriAllowed = (uri) => isOurs(uri, "/session/oidc/callback");
Client.prototype.postLogoutRedirectUriAllowed = (uri) => isOurs(uri, "/");

server.on("request", async (request, response) => {
  const url = new URL(request.url, issuer);
  if (url.pathname === "/as") {
    person = url.searchParams.get("person");
    return response.end();
  }
  if (!url.pathname.startsWith("/interaction/")) return provider.callback()(request, response);
  const result = person === "" ? { error: "access_denied" } : { login: { accountId: person } };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
});

process.stdout.write(Buffer.from(`issuer ${issuer}\n`));
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
