import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import type { LoginAttempt } from "../../access/oidc_provider.ts";

/** The time to log in at a provider, in seconds. */
const ATTEMPT_SECONDS = 600;

const SESSION = "labdaemon";
const ATTEMPT = "labdaemon_login";

/** The id of the session that a request's cookie names; `undefined` without one. */
export function readSessionCookie(c: Context): string | undefined {
  return getCookie(c, nameOf(c, SESSION));
}

/** Gives the browser a session. Scripts cannot read its cookie, and other sites cannot use it. */
export function setSessionCookie(c: Context, id: string): void {
  setCookie(c, nameOf(c, SESSION), id, { ...attributesOf(c), sameSite: "Strict" });
}

/** Takes the session's cookie from the browser. */
export function deleteSessionCookie(c: Context): void {
  deleteCookie(c, nameOf(c, SESSION), { ...attributesOf(c), sameSite: "Strict" });
}

/**
 * Gives the browser the secrets of a log-in. The browser sends them when the provider, another site, has sent it back.
 */
export function setAttemptCookie(c: Context, { state, nonce, verifier }: LoginAttempt): void {
  const attributes = { ...attributesOf(c), sameSite: "Lax", maxAge: ATTEMPT_SECONDS } as const;
  setCookie(c, nameOf(c, ATTEMPT), [state, nonce, verifier].join("."), attributes);
}

/** The secrets of a log-in that this browser has begun; `undefined` without one. */
export function readAttemptCookie(c: Context): LoginAttempt | undefined {
  const [state, nonce, verifier, ...more] = getCookie(c, nameOf(c, ATTEMPT))?.split(".") ?? [];
  return state && nonce && verifier && more.length === 0 ? { state, nonce, verifier } : undefined;
}

/** Takes the secrets of a log-in from the browser. */
export function deleteAttemptCookie(c: Context): void {
  deleteCookie(c, nameOf(c, ATTEMPT), { ...attributesOf(c), sameSite: "Lax" });
}

/** The scheme, name and port by which the browser reaches the daemon: `https://lab.example`. */
export function ownOrigin(c: Context): string {
  return `${schemeOf(c) ?? "http"}://${hostOf(c)}`;
}

/**
 * `https` or `http`, as the browser sees it; `undefined` behind a proxy that is not trusted, or that does not send it:
 * such a proxy may encrypt.
 */
export function schemeOf(c: Context): "https" | "http" | undefined {
  if (c.req.url.startsWith("https:")) return "https";
  const [named] = c.get("isProxied") ? c.req.header("x-forwarded-proto")?.toLowerCase().split(",") ?? [] : [];
  return named?.trim() === "https" ? "https" : named?.trim() === "http" ? "http" : undefined;
}

/** The name and port by which the client asks. HTTP/2 has them in the address, and no header. */
export function hostOf({ req }: Context): string {
  return (req.header("host") ?? new URL(req.url).host).toLowerCase();
}

function attributesOf(c: Context) {
  return { httpOnly: true, path: pathOf(c), secure: schemeOf(c) === "https" };
}

/**
 * The name of a cookie. Cookies do not distinguish ports, and a proxy may serve several daemons at one port, so the
 * name contains the port and the path. The name on an encrypted page begins with `__Secure-`: an unencrypted page
 * cannot set such a cookie.
 */
function nameOf(c: Context, kind: string): string {
  const isSecure = schemeOf(c) === "https";
  const port = /:(\d+)$/.exec(hostOf(c))?.[1] ?? (isSecure ? "443" : "80");
  const below = c.get("prefix").replaceAll("/", "_");
  return `${isSecure ? "__Secure-" : ""}${kind}_${port}${below}`;
}

/** Where the client reaches the daemon: other programs of a proxy, below other paths, do not get the cookie. */
function pathOf(c: Context): string {
  const prefix = c.get("prefix");
  const isNamed = c.get("isProxied") && c.req.header("x-forwarded-prefix") !== undefined;
  return isNamed || new URL(c.req.url).pathname.startsWith(`${prefix}/`) ? `${prefix}/` : "/";
}
