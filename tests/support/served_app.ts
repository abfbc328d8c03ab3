import type { App } from "../../lib/http/app.ts";
import { listenAgain, listenOnFreePort } from "./ports.ts";

/** A web layer behind a real socket, on a port of its own, that can be taken away and put back. */
export interface ServedApp extends AsyncDisposable {
  /** Such as `http://127.0.0.1:40321`. */
  readonly origin: string;
  /** Ends all streams and stops listening: the network is away. */
  goDown(): Promise<void>;
  /** Listens again, on the same port. */
  comeBack(): Promise<void>;
}

/** Serves what `app` gives: another one after a restart. */
export function serveApp(app: () => App): ServedApp {
  const listen = (port: number) =>
    Deno.serve({ hostname: "127.0.0.1", port, onListen: () => {} }, (request) => app().fetch(request));
  let server = listenOnFreePort(listen);
  const { port } = server.addr;
  const goDown = async () => {
    app().close();
    await server.shutdown();
  };
  return {
    origin: `http://127.0.0.1:${port}`,
    goDown,
    comeBack: async () => void (server = await listenAgain(port, listen)),
    [Symbol.asyncDispose]: goDown,
  };
}
