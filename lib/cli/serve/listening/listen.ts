import { getLogger } from "@logtape/logtape";
import type { Bench } from "../../../bench/bench.ts";
import { LabError, messageOf } from "../../../errors.ts";
import type { App } from "../../../http/app.ts";
import { isOfDriver } from "../../../host/driver_connections.ts";
import { CappedServer, connectionServer } from "./capped_server.ts";
import type { Certificate } from "./certificate.ts";
import type { Connections } from "./connections.ts";
import { socketEnder } from "./end_sockets.ts";
import { Handshakes } from "./handshakes.ts";
import type { Server } from "./listener.ts";

const logger = getLogger(["labdaemon", "http"]);

/** The place and the content of a server. */
export interface ListenOptions {
  app: App;
  /** The address of the bench file. */
  bench: Pick<Bench, "host" | "port">;
  connections: Connections;
  certificate: Certificate | undefined;
}

/**
 * Listens at the address of the bench file, or at the port that the daemon had before, if that is not 0.
 *
 * @throws {LabError} `InvalidRequest`, if it cannot.
 */
export function listen({ app, bench, connections, certificate }: ListenOptions, before: number): Server {
  const { host: hostname } = bench;
  const port = before || bench.port;
  try {
    const serve = connectionServer();
    if (!serve) {
      logger.warn("connections have no limits: this version of Deno ({version}) serves no single connection", {
        version: Deno.version.deno,
      });
      return Deno.serve({ hostname, port, onListen: () => {}, ...certificate }, app.fetch);
    }
    const listener = certificate
      ? Deno.listenTls({ hostname, port, alpnProtocols: ["h2", "http/1.1"], ...certificate })
      : Deno.listen({ hostname, port });
    const own = (listener.addr as Deno.NetAddr).port;
    return new CappedServer({
      listener,
      connections,
      serve,
      answer: app.fetch,
      handshakes: certificate && openHandshakes(connections),
      isOfDriver: (peer) => isOfDriver(peer, own, () => Deno.networkInterfaces()),
    });
  } catch (error) {
    const found = error instanceof Deno.errors.AddrInUse
      ? "the port is in use, perhaps by another LabDaemon; choose one with --port"
      : `${messageOf(error)}; choose an address of this machine with --host`;
    throw new LabError("InvalidRequest", `Cannot listen on ${hostname}:${port}: ${found}`, { cause: error });
  }
}

function openHandshakes({ limits }: Connections): Handshakes {
  const endSockets = socketEnder();
  if (!endSockets) {
    logger.warn("TLS handshakes have no limit of time: the daemon may not end them (start Deno with --allow-ffi)");
  }
  return new Handshakes(limits.all, endSockets);
}
