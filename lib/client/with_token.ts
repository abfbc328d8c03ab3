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

/** `fetch` that gets a ticket before each request, for its path below the daemon's address, and sends it in the query. */
export function withTicket(fetch: Fetch, baseUrl: string, ticket: TicketSource | undefined): Fetch {
  if (ticket === undefined) return fetch;
  const base = new URL(baseUrl).pathname.replace(/\/+$/, "");
  return async (url, init) => {
    const asked = new URL(url);
    asked.searchParams.set("ticket", await ticket(asked.pathname.slice(base.length)));
    return await fetch(asked.href, init);
  };
}

/** Gets a ticket for a path, such as `/stream/devices/daq1`. */
export type TicketSource = (path: string) => string | Promise<string>;
