import type * as OpenId from "openid-client";
import { messageOf, shortened } from "../errors.ts";
import { isLoopback } from "../format/host_text.ts";
import type { Scope } from "../wire/access.ts";
import { LoginFailure } from "./login_failure.ts";
import { Principal } from "./principal.ts";

/** The time limit of one request to the provider, in seconds. */
const REQUEST_LIMIT_SECONDS = 10;

/** The provider's description of itself is read again after this time. */
const DESCRIPTION_MS = 3_600_000;

/** The time after which a provider that did not answer is asked again: each page that logs in would ask it. */
const FAILURE_MS = 5_000;

/** The log-ins that wait for the provider at a time. */
const MAX_WAITING = 20;

const MAX_NAME_CHARS = 64;

/** The rights of a group of people. */
export interface OidcGroup {
  group: string;
  scope: Scope;
  /** Ids of devices, in which `*` stands for any characters; all, if missing. */
  devices?: readonly string[] | null;
}

/** The provider of an institute, as the bench file names it. */
export interface OidcSettings {
  issuer: string;
  clientId: string;
  clientSecret?: string;
  /** The words of the button to log in. */
  label: string;
  scopes: readonly string[];
  /** The claim with the groups of a person. */
  groupsClaim: string;
  /** The claim with the name of a person. */
  nameClaim: string;
  /** The first group that a person is in counts. */
  groups: readonly OidcGroup[];
}

/** The secrets of one log-in, which the browser keeps until it comes back. */
export interface LoginAttempt {
  state: string;
  nonce: string;
  verifier: string;
}

/** A person who has logged in. */
export interface Login {
  principal: Principal;
  /** Where the person logs out of the provider, too; `undefined` for a provider without that. */
  logoutUrl(returnTo: string): string | undefined;
}

const never = new AbortController().signal;

/** Logs people in by the OpenID provider of their institute: by a code, with PKCE. */
export class OidcProvider {
  readonly settings: OidcSettings;
  #described: { client: Promise<OpenId.Configuration>; untilMs: number } | undefined;
  #waiting = 0;

  constructor(settings: OidcSettings) {
    this.settings = settings;
  }

  /**
   * Begins to log in.
   *
   * @param redirectUri Where the provider sends the browser back to.
   * @returns the address to send the browser to, and what it keeps meanwhile.
   * @throws {LoginFailure} if the provider does not answer.
   */
  async begin(redirectUri: string): Promise<{ url: string; attempt: LoginAttempt }> {
    const openId = await load();
    const client = await this.#client(openId);
    const attempt = {
      state: openId.randomState(),
      nonce: openId.randomNonce(),
      verifier: openId.randomPKCECodeVerifier(),
    };
    const { href } = openId.buildAuthorizationUrl(client, {
      redirect_uri: redirectUri,
      scope: this.settings.scopes.join(" "),
      state: attempt.state,
      nonce: attempt.nonce,
      code_challenge: await openId.calculatePKCECodeChallenge(attempt.verifier),
      code_challenge_method: "S256",
    });
    return { url: href, attempt };
  }

  /**
   * Ends to log in, when the browser has come back.
   *
   * @param address The address at which it did, which the provider has filled in.
   * @throws {LoginFailure} if the provider refuses, does not answer, or the person is in no group that has a right.
   */
  async finish(address: URL, { state, nonce, verifier }: LoginAttempt): Promise<Login> {
    if (this.#waiting >= MAX_WAITING) throw new LoginFailure("provider", "too many log-ins at a time");
    this.#waiting++;
    try {
      const openId = await load();
      const client = await this.#client(openId);
      const tokens = await openId.authorizationCodeGrant(client, address, {
        ...{ expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true },
      });
      const claims = await this.#claims(openId, client, tokens);
      const logoutUrl = (returnTo: string) => {
        if (!client.serverMetadata().end_session_endpoint) return undefined;
        const asked = { id_token_hint: tokens.id_token!, post_logout_redirect_uri: returnTo };
        return openId.buildEndSessionUrl(client, asked).href;
      };
      return { principal: principalOf(claims, this.settings), logoutUrl };
    } catch (cause) {
      throw LoginFailure.of(cause);
    } finally {
      this.#waiting--;
    }
  }

  /** The provider's claims about the person: in the ID token or, if the groups are not there, in the user info. */
  async #claims(
    openId: typeof OpenId,
    client: OpenId.Configuration,
    tokens: Awaited<ReturnType<typeof OpenId.authorizationCodeGrant>>,
  ): Promise<Claims> {
    const claims = tokens.claims()!;
    const isWhole = this.settings.groupsClaim in claims && this.settings.nameClaim in claims;
    if (isWhole || !client.serverMetadata().userinfo_endpoint) return claims;
    return { ...await openId.fetchUserInfo(client, tokens.access_token, claims.sub), ...claims };
  }

  async #client(openId: typeof OpenId): Promise<OpenId.Configuration> {
    if (!this.#described || this.#described.untilMs <= performance.now()) {
      const described = { client: discover(openId, this.settings), untilMs: performance.now() + DESCRIPTION_MS };
      described.client.catch(() => described.untilMs = performance.now() + FAILURE_MS);
      this.#described = described;
    }
    return await this.#described.client.catch((cause) => {
      const { issuer } = this.settings;
      throw new LoginFailure("provider", `Cannot use the OIDC provider ${issuer}: ${reasonOf(cause)}`, { cause });
    });
  }
}

/** The reason of an error: that of "fetch failed" is its cause. */
function reasonOf(error: unknown): string {
  const { cause } = Object(error) as { cause?: unknown };
  return cause instanceof Error ? `${messageOf(error)}: ${messageOf(cause)}` : messageOf(error);
}

type Claims = Readonly<Record<string, unknown>> & { sub: string };

/** Loaded at the first log-in: most benches have no provider. */
function load(): Promise<typeof OpenId> {
  return import("openid-client");
}

async function discover(openId: typeof OpenId, settings: OidcSettings): Promise<OpenId.Configuration> {
  const { issuer, clientId, clientSecret } = settings;
  const url = new URL(issuer);
  // The bench file allows plain http for this machine only.
  const insecure = isLoopback(url.hostname) && url.protocol === "http:" ? [openId.allowInsecureRequests] : [];
  const described = await openId.discovery(url, clientId, undefined, openId.None(), {
    ...{ execute: insecure, timeout: REQUEST_LIMIT_SECONDS },
  });
  const metadata = described.serverMetadata();
  const authentication = authenticationOf(openId, clientSecret, metadata.token_endpoint_auth_methods_supported);
  const client = new openId.Configuration(metadata, clientId, undefined, authentication);
  client.timeout = REQUEST_LIMIT_SECONDS;
  for (const allow of insecure) allow(client);
  openId.enableNonRepudiationChecks(client);
  return client;
}

/** The way to send the daemon's secret: as the standard says by default, if the provider accepts that. */
function authenticationOf(
  openId: typeof OpenId,
  secret: string | undefined,
  methods: readonly string[] = ["client_secret_basic"],
): OpenId.ClientAuth {
  if (secret === undefined) return openId.None();
  return methods.includes("client_secret_basic") ? openId.ClientSecretBasic(secret) : openId.ClientSecretPost(secret);
}

/** The rights of a person: those of the first group of the bench file that the person is in. */
function principalOf(claims: Claims, { groups, groupsClaim, nameClaim, issuer }: OidcSettings): Principal {
  const name = `oidc:${nameOf(claims, nameClaim)}`;
  const own = [claims[groupsClaim] ?? []].flat();
  const found = groups.find(({ group }) => own.includes(group));
  if (!found) {
    const said = shortened(own.map(String).join(", ") || "none", 200);
    throw new LoginFailure("no_right", `"${name}" is in no group that has a right here; the provider says: ${said}`, {
      person: name,
    });
  }
  const subject = `${shortened(claims.sub, 200)} of ${issuer}`;
  return new Principal({ name, subject, scope: found.scope, devices: found.devices ?? null, ended: never });
}

/** A text for people, which the provider lets them choose: without control characters. */
function nameOf(claims: Claims, nameClaim: string): string {
  const name = typeof claims[nameClaim] === "string" && claims[nameClaim] !== "" ? claims[nameClaim] : claims.sub;
  return shortened(name.replace(/[\p{C}\p{Z}]+/gu, " ").trim() || "unnamed", MAX_NAME_CHARS);
}
