import type { App } from "../../lib/http/app.ts";

/** A web layer behind a real socket, on a port of its own, that can be taken away and put back. */
export interface ServedApp extends AsyncDisposable {
  /** Such as `http://127.0.0.1:40321`. */
  readonly origin: string;
  /** Ends all streams and stops listening: the network is away. */
  goDown(): Promise<void>;
  /** Listens again, on the same port. */
  comeBack(): void;
}

/** Serves what `app` gives: another one after a restart. */
export function serveApp(app: () => App): ServedApp {
  const listen = (port: number) =>
    Deno.serve({ hostname: "127.0.0.1", port, onListen: () => {} }, (request) => app().fetch(request));
  let server = listen(0);
  const { port } = server.addr;
  const goDown = async () => {
    app().close();
    await server.shutdown();
  };
  return {
    origin: `http://127.0.0.1:${port}`,
    goDown,
    comeBack: () => server = listen(port),
    [Symbol.asyncDispose]: goDown,
  };
}
