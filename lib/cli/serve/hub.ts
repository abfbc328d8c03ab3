import { getLogger } from "@logtape/logtape";
import type { Access } from "../../access/access.ts";
import { readIfReachable } from "../../access/private_file.ts";
import type { BenchHub } from "../../bench/hub_schema.ts";
import type { LabDaemon } from "../../daemon.ts";
import type { App } from "../../http/app.ts";
import { Hub } from "../../hub/hub.ts";
import type { HubOptions } from "../../hub/hub_options.ts";
import { Backlog } from "../../recording/backlog/backlog.ts";
import type { Recordings } from "../../recording/recordings.ts";

const logger = getLogger(["labdaemon", "hub"]);

/** The parts of a daemon that the hub reaches. */
export interface HubbedDaemon {
  daemon: LabDaemon;
  app: Pick<App, "fetch">;
  access: Pick<Access, "isRequired">;
  recordings: Recordings;
  version: string;
}

/** Connects a bench to the hub of its file. */
export function openHub(file: BenchHub, { daemon, app, access, recordings, version }: HubbedDaemon): Hub {
  if (!access.isRequired) {
    logger.warn("no one may ask this bench by the hub: it has no tokens; its streams and its state are there");
  }
  const answering = {
    fetch: (request: Request) => app.fetch(request),
    get needsToken() {
      return access.isRequired;
    },
  };
  return new Hub({
    options: optionsOf(file),
    bench: daemon,
    daemon: answering,
    recorded: new Backlog(recordings),
    version,
  });
}

function optionsOf({ servers, bench, creds, nkey, tls }: BenchHub): HubOptions {
  const path = creds ?? nkey;
  return {
    ...{ servers, bench, ...tls && { tls } },
    ...path !== undefined && {
      identity: { kind: creds === undefined ? "nkey" : "creds", read: () => readIdentity(path, creds === undefined) },
    },
  };
}

async function readIdentity(path: string, isSeed: boolean): Promise<Uint8Array> {
  const text = await readIfReachable(path);
  return new TextEncoder().encode(isSeed ? text.trim() : text);
}
