import type { Fetch } from "./server_error.ts";

/** `fetch` that sends a token with every request. */
export function withToken(fetch: Fetch, token: string | undefined): Fetch {
  if (token === undefined) return fetch;
  return (url, init) => {
    const headers = new Headers(init?.headers);
    headers.set("authorization", `Bearer ${token}`);
    return fetch(url, { ...init, headers });
  };
}
