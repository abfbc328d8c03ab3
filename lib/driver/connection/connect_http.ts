/** A pool of HTTP connections of one device. */
export interface HttpConnections extends Disposable {
  /** `fetch`, over these connections. Redirections are not followed. */
  fetch(url: string | URL, init: RequestInit): Promise<Response>;
}

/**
 * Makes a pool of HTTP connections. The pool connects at the first request; its disposal closes all connections.
 *
 * @param ca A certificate in PEM: that of an authority which is trusted beside the system's authorities.
 *
 * @example
 * ```ts
 * import { connectHttp } from "./connect_http.ts";
 *
 * await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => new Response("21.5"));
 * using http = connectHttp();
 * const answer = await http.fetch(`http://127.0.0.1:${server.addr.port}/`, {});
 * console.assert(await answer.text() === "21.5");
 * ```
 */
export function connectHttp(ca?: string): HttpConnections {
  const client = Deno.createHttpClient(ca === undefined ? {} : { caCerts: [ca] });
  return {
    fetch: (url, init) => fetch(url, { redirect: "manual", ...init, client }),
    [Symbol.dispose]: () => client.close(),
  };
}
