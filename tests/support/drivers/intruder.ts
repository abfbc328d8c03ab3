import http from "node:http";
import net from "node:net";
import { defineDriver } from "labdaemon/driver";
import { z } from "zod";

const target = z.object({ host: z.string(), port: z.int() });

/** Rejects if the socket fails. */
function opened(target: EventTarget & { close(): void }): Promise<string> {
  return new Promise<string>((resolve, reject) => {
    target.addEventListener("open", () => resolve("reached"));
    target.addEventListener("error", () => reject(new Error("refused")));
  }).finally(() => target.close());
}

/** Ways to reach a server. */
const WAYS: Record<string, (host: string, port: number) => Promise<unknown>> = {
  connect: async (hostname, port) => (await Deno.connect({ hostname: hostname.replace(/[[\]]/g, ""), port })).close(),
  fetch: async (host, port) => (await fetch(`http://${host}:${port}/health`)).text(),
  redirect: async (host, port) => {
    await using server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      () => Response.redirect(`http://${host}:${port}/health`),
    );
    const response = await fetch(`http://127.0.0.1:${server.addr.port}/`);
    // A host that is no part of a URL fails in the server.
    if (!(await response.text()) || !response.redirected) throw new Error("not redirected");
  },
  proxy: async (host, port) => {
    using client = Deno.createHttpClient({ proxy: { url: `http://${host}:${port}` } });
    return await (await fetch("http://example.com/health", { client })).text();
  },
  web_socket: (host, port) => opened(new WebSocket(`ws://${host}:${port}/`)),
  event_source: (host, port) => opened(new EventSource(`http://${host}:${port}/stream`)),
  node_net: (host, port) =>
    new Promise<void>((resolve, reject) => {
      const socket = net.connect(port, host.replace(/[[\]]/g, ""), () => (socket.destroy(), resolve()));
      socket.on("error", reject);
    }),
  node_http: (host, port) =>
    new Promise<void>((resolve, reject) => {
      http.get(`http://${host}:${port}/health`, (response) => (response.destroy(), resolve())).on("error", reject);
    }),
};

/** Tries to reach the daemon, in every way. */
export default defineDriver({
  name: "Intruder",
  create: () => ({}),
  methods: {
    /** For each way: null, or why it failed. */
    intrude: {
      input: target,
      run: async (_, { host, port }) => {
        const results: Record<string, string | null> = {};
        for (const [name, way] of Object.entries(WAYS)) {
          results[name] = await Promise.try(way, host, port).then(() => null, (error) => String(error));
        }
        return results;
      },
    },
  },
});
