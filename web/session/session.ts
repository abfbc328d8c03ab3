/// <reference lib="dom" />
/**
 * The user of this page. If the daemon needs a token, the page has a session, whose cookie it cannot read.
 *
 * @module
 */
import { computed, signal } from "@preact/signals";
import type { Fetch, LoginProviders, SessionInfo } from "../../lib/client/mod.ts";
import { CSRF_TOKEN, LEASE } from "../../lib/wire/headers.ts";
import { DAEMON_URL } from "../page/daemon_url.ts";

/** The user of the page; `undefined` until the daemon has answered, and before a log-in. */
export const session = signal<SessionInfo | undefined>(undefined);

/** True if the daemon needs a token, and the page has no session. */
export const mustLogIn = signal(false);

/** True if the one who uses the page has logged in, and is an administrator of all devices. */
export const isAdministrator = computed(() => {
  const { csrf_token, scope, devices } = session.value ?? {};
  return typeof csrf_token === "string" && scope === "admin" && devices === null;
});

/** True if the one who uses the page has the scope `admin`, as everyone has where no token is needed. */
export const hasAdminScope = computed(() => session.value?.scope === "admin");

/** Reads from the daemon who uses the page. */
export async function readSession(): Promise<void> {
  const response = await pageFetch(`${DAEMON_URL}/session`).catch(() => undefined);
  if (response?.ok) session.value = await response.json();
}

/** Opens a session. Resolves with the daemon's answer; rejects with its refusal. */
export async function logIn(token: string): Promise<SessionInfo> {
  const response = await fetch(`${DAEMON_URL}/session`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token }),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error?.message ?? `The daemon answered ${response.status}`);
  return answer;
}

/** Ends the session, and shows the form to log in again. Who came by a provider logs out there, too. */
export async function logOut(): Promise<void> {
  const elsewhere = session.peek()?.logout_url;
  await pageFetch(`${DAEMON_URL}/session`, { method: "DELETE" });
  if (elsewhere) location.assign(elsewhere);
  else location.reload();
}

/** The ways to log in besides a token; none if the daemon does not say. */
export async function readProviders(): Promise<LoginProviders["providers"]> {
  const response = await fetch(`${DAEMON_URL}/session/providers`).catch(() => undefined);
  return response?.ok ? (await response.json() as LoginProviders).providers : [];
}

/** The tokens of the leases of this tab. */
export const leaseTokens: Set<string> = new Set();

/**
 * `fetch` of this page: a command says that it is the page's own, all requests show the leases of this tab, and a refusal shows
 * the form to log in.
 */
export const pageFetch: Fetch = async (url, init = {}) => {
  const headers = new Headers(init.headers);
  const csrf = session.peek()?.csrf_token;
  if (csrf && !["GET", "HEAD"].includes(init.method ?? "GET")) headers.set(CSRF_TOKEN, csrf);
  if (leaseTokens.size > 0 && !headers.has(LEASE)) headers.set(LEASE, [...leaseTokens].join(","));
  const response = await fetch(url, { ...init, headers });
  if (response.status === 401) mustLogIn.value = true;
  return response;
};
