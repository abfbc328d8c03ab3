import type { Fetch } from "./server_error.ts";

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** Deno's own part of `fetch`. */
interface DenoHttp {
  createHttpClient(options: {
    proxy: { transport: "tcp"; hostname: string; port: number };
    poolMaxIdlePerHost: number;
  }): { close(): void };
}

/**
 * `fetch` that connects directly to this machine: a proxy of the environment cannot reach a daemon on 127.0.0.1. Only Deno's
 * `fetch` uses the environment's proxy (`HTTP_PROXY`) for such an address; elsewhere this is the global `fetch`.
 */
export const directFetch: Fetch = async (url, init) => {
  const { protocol, hostname, port } = new URL(url);
  const deno = "Deno" in globalThis ? globalThis.Deno as DenoHttp : undefined;
  if (!deno?.createHttpClient || protocol !== "http:" || !LOOPBACK.test(hostname)) return await fetch(url, init);
  const client = deno.createHttpClient({
    proxy: { transport: "tcp", hostname, port: Number(port || 80) },
    poolMaxIdlePerHost: 0,
  });
  try {
    return await fetch(url, { ...init, client } as RequestInit);
  } finally {
    // The answer's body is read to its end nevertheless.
    client.close();
  }
};
