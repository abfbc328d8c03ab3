import { getLogger } from "@logtape/logtape";
import { resolve } from "node:path";
import { Access } from "../../access/access.ts";
import type { DataLock } from "../../access/data_lock.ts";
import { assertProtected } from "../../access/assert_protected.ts";
import type { Bench } from "../../bench/bench.ts";
import { LabError } from "../../errors.ts";
import { createViewApp } from "../../http/view/view_app.ts";
import { NO_KEY } from "../../hub/not_reached.ts";
import { HubView } from "../../hub/view/hub_view.ts";
import { Layouts } from "../../layouts/layouts.ts";
import { AppServer } from "./app_server.ts";
import { hubOptionsOf } from "./hub.ts";
import type { ServeOptions } from "./options.ts";
import type { ProgramOutput } from "./program_output.ts";

const logger = getLogger("labdaemon");

/** The parts of the program that a view uses. */
export interface ViewProgram {
  version: string;
  /** The limit of file descriptors, if it is known. */
  descriptors: number | undefined;
  output: ProgramOutput;
  /** Resolves when the program is to end. */
  stopped(): Promise<void>;
  lock: DataLock;
}

/** Serves a view of all benches of a hub until a signal ends it. The devices of the bench file are not used. */
export async function serveView(bench: Bench, options: ServeOptions, program: ViewProgram): Promise<void> {
  const { version, descriptors, output, lock } = program;
  const access = await Access.open({ folder: bench.data, authentication: bench.auth, oidc: bench.oidc });
  assertProtected(bench.host, bench.auth, access);
  const server = await AppServer.prepare(bench, descriptors);
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
  // Before anyone reads that it listens: a signal at that moment ends it in order, too.
  const stopped = program.stopped();
  const { url, elsewhere } = server.listen(app);
  access.watch(url);
  lock.listensOn(url);
  output.print(greeting(hub, { version, url, elsewhere, code: access.codeForFirst() }));
  logger.info("listening on {url}, as a view", { url, version, pid: Deno.pid });
  server.ready(url);

  const failure = await server.over(stopped);
  output.print("Stopping …");
  lock.isStopping();
  server.stop();
  await app.close();
  await hub.close();
  await access.close();
  await server.closed();
  output.flushLog();
  if (failure) throw failure;
}

/** The hub of the options, or of the bench file. */
function hubOf({ hub }: Bench, { hub: server, hubKey }: ServeOptions) {
  const servers = server === undefined ? hub?.servers : [server];
  if (!servers) {
    throw new LabError("InvalidRequest", "Cannot show benches without a hub: name it by --hub, or as hub.servers");
  }
  const nkey = hubKey === undefined ? hub?.nkey : resolve(hubKey);
  return hubOptionsOf({ ...hub, bench: "", servers, ...hubKey !== undefined && { creds: undefined }, nkey });
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
