import { getLogger } from "@logtape/logtape";
import type { Access } from "../../access/access.ts";
import { Principal } from "../../access/principal.ts";
import { readIfReachable } from "../../access/private_file.ts";
import type { Alarms } from "../../alarms/alarms.ts";
import type { BenchHub } from "../../bench/hub_schema.ts";
import type { LabDaemon } from "../../daemon.ts";
import type { App } from "../../http/app.ts";
import { LabError } from "../../errors.ts";
import { Hub } from "../../hub/hub.ts";
import type { Caller } from "../../hub/signed/signed_request.ts";
import type { HubOptions } from "../../hub/hub_options.ts";
import { Backlog } from "../../recording/backlog/backlog.ts";
import type { Recordings } from "../../recording/recordings.ts";

const logger = getLogger(["labdaemon", "hub"]);

/** The parts of a daemon that the hub reaches. */
export interface HubbedDaemon {
  daemon: LabDaemon;
  app: Pick<App, "fetch">;
  access: Pick<Access, "isRequired" | "audit">;
  recordings: Recordings;
  alarms: Alarms;
  version: string;
}

/** Connects a bench to the hub of its file. */
export function openHub(file: BenchHub, { daemon, app, access, alarms, recordings, version }: HubbedDaemon): Hub {
  const { bench } = file;
  if (bench === undefined) {
    throw new LabError("InvalidRequest", "Cannot connect to the hub: hub.bench is missing, the name of this bench");
  }
  if (!access.isRequired && !file.views?.length) {
    logger.warn(
      "no one may ask this bench by the hub: it has no tokens, and trusts no view; its streams and its state are there. " +
        "A view may, if hub.views of the bench file has its public key",
    );
  }
  const answering = {
    fetch: (request: Request, caller?: Caller) => {
      if (!caller) return app.fetch(request);
      const principal = new Principal({ ...caller, within: `${bench}/`, ended: never });
      return app.fetch(request, { principal });
    },
    get needsToken() {
      return access.isRequired;
    },
  };
  const facts = { version, host: Deno.hostname(), alarms: () => alarms.list() };
  return new Hub({
    options: hubOptionsOf(file),
    bench: daemon,
    daemon: answering,
    recorded: new Backlog(recordings),
    audit: access.audit,
    facts,
  });
}

/** A view says when a right ends, by asking no more: streams are open for as long as it asks. */
const never = new AbortController().signal;

/** The options of the connection that a bench file describes. */
export function hubOptionsOf({ servers, bench = "", creds, nkey, views, compress, tls }: BenchHub): HubOptions {
  const path = creds ?? nkey;
  return {
    ...{ servers, bench, views, ...tls && { tls } },
    ...typeof compress === "boolean" && { compress: compress ? "all" : "none" },
    ...path !== undefined && {
      identity: { kind: creds === undefined ? "nkey" : "creds", read: () => readIdentity(path, creds === undefined) },
    },
  };
}

async function readIdentity(path: string, isSeed: boolean): Promise<Uint8Array> {
  const text = await readIfReachable(path);
  return new TextEncoder().encode(isSeed ? text.trim() : text);
}
