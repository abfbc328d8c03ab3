import { getLogger } from "@logtape/logtape";
import { resolve } from "node:path";
import { Access } from "../../access/access.ts";
import { addressList } from "../../access/client_address.ts";
import type { DataLock } from "../../access/data_lock.ts";
import { assertProtected } from "../../access/exposure.ts";
import { deadline } from "../../async/mod.ts";
import type { Bench } from "../../bench/load_bench.ts";
import { LabError } from "../../errors.ts";
import { createViewApp } from "../../http/view/view_app.ts";
import { NO_KEY } from "../../hub/not_reached.ts";
import { HubView } from "../../hub/view/hub_view.ts";
import { Layouts } from "../../layouts/layouts.ts";
import { addresses } from "./addresses.ts";
import { firstCertificate, watchCertificate } from "./certificate.ts";
import { Connections, limitsFor } from "./connections.ts";
import { optionsOf } from "./hub.ts";
import { listen } from "./listen.ts";
import { Listener } from "./listener.ts";
import type { ServeOptions } from "./options.ts";
import { serviceManager } from "./service_manager.ts";

/** The grace period of connections at shutdown. */
const CONNECTION_GRACE_MS = 1_000;

const logger = getLogger("labdaemon");

/** The parts of the program that a view uses. */
export interface ViewProgram {
  version: string;
  /** The limit of file descriptors, if it is known. */
  descriptors: number | undefined;
  print(line: string): void;
  /** Resolves when the program is to end. */
  stopped(): Promise<void>;
  lock: DataLock;
}

/** Serves a view of all benches of a hub until a signal ends it. The devices of the bench file are not used. */
export async function serveView(bench: Bench, options: ServeOptions, program: ViewProgram): Promise<void> {
  const { version, descriptors, print, lock } = program;
  const access = await Access.open({ folder: bench.data, authentication: bench.auth, oidc: bench.oidc });
  assertProtected(bench.host, bench.auth, access);
  let certificate = bench.tls && await firstCertificate(bench.tls);
  const connections = new Connections(limitsFor(descriptors), addressList(bench.trustedProxies));
  const hubOptions = hubOf(bench, options);
  if (!hubOptions.identity) {
    logger.warn("this view shows what benches announce, and no bench answers it: {why}", { why: NO_KEY });
  }
  const hub = new HubView(hubOptions);
  const app = createViewApp(hub, {
    ...bench,
    ...{ hsts: bench.tls?.hsts, requiresHost: !bench.tls, access, layouts: new Layouts(bench.data) },
  });
  await hub.ready();
  const listener = new Listener((port) => listen({ app, bench, connections, certificate }, port));
  const { hostname, port } = listener.addr;
  const { url, elsewhere } = addresses(
    { hostname, port, isEncrypted: certificate !== undefined },
    () => Deno.networkInterfaces(),
  );
  access.watch(url);
  lock.listensOn(url);
  const code = access.codeForFirst();
  print(greeting(hub, { version, url, elsewhere, code }));
  logger.info("listening on {url}, as a view", { url, version, pid: Deno.pid });
  const manager = serviceManager();
  manager.ready(`Listening on ${url}`);
  const stop = new AbortController();
  if (bench.tls) {
    watchCertificate(bench.tls, (changed) => {
      certificate = changed;
      return listener.renew();
    }, stop.signal);
  }
  const failure = await Promise.race([program.stopped(), listener.failed]).then(() => undefined, (error) => error);
  if (failure) logger.fatal("{error}", { error: failure.message });
  print("Stopping …");
  manager.stopping();
  lock.isStopping();
  stop.abort();
  connections.stop();
  const closed = listener.shutdown();
  await app.close();
  await hub.close();
  await access.close();
  await deadline(closed, CONNECTION_GRACE_MS).catch(() => {});
  if (failure) throw failure;
}

/** The hub of the options, or of the bench file. */
function hubOf({ hub }: Bench, { hub: server, hubKey }: ServeOptions) {
  const servers = server === undefined ? hub?.servers : [server];
  if (!servers) {
    throw new LabError("InvalidRequest", "Cannot show benches without a hub: name it by --hub, or as hub.servers");
  }
  const nkey = hubKey === undefined ? hub?.nkey : resolve(hubKey);
  return optionsOf({ ...hub, bench: "", servers, ...hubKey !== undefined && { creds: undefined }, nkey });
}

interface Greeting {
  version: string;
  url: string;
  elsewhere: readonly string[];
  code: string | undefined;
}

function greeting(hub: HubView, { version, url, elsewhere, code }: Greeting): string {
  const benches = [...hub.benches.values()].filter(({ about }) => about);
  const there = benches.filter(({ isThere }) => isThere).length;
  return [
    `LabDaemon ${version} on ${url}`,
    "  view     of all benches of a hub",
    ...elsewhere.map((address) => `  also     ${address}`),
    `  benches  ${hub.isConnected ? `${there} there, ${benches.length - there} away` : "the hub is not reached yet"}`,
    `  watch    ${url}/`,
    ...code ? [`  log in   ${url}/#/login/${code}`] : [],
    `  docs     ${url}/docs`,
    "  stop     Ctrl-C",
  ].join("\n");
}
