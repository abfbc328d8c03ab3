/** A view of a hub, and benches in this process that trust it. */
import { nkeys } from "@nats-io/transport-node";
import { Access } from "../../lib/access/access.ts";
import { Principal } from "../../lib/access/principal.ts";
import { type App, createApp } from "../../lib/http/app.ts";
import { createViewApp } from "../../lib/http/view/view_app.ts";
import { Hub, type HubBench } from "../../lib/hub/hub.ts";
import type { HubOptions } from "../../lib/hub/hub_options.ts";
import { HubView } from "../../lib/hub/view/hub_view.ts";
import type { NatsServer } from "./nats_server.ts";
import { type ScriptedBench, scriptedBench } from "./scripted_bench.ts";
import { SSEReader } from "./sse_reader.ts";
import { until } from "./until.ts";

/** The key of the view. */
const key = nkeys.createUser();
const seed = () => Promise.resolve(key.getSeed());

/** A bench of this process at a hub. */
export interface HubbedBench extends ScriptedBench {
  app: App;
  hub: Hub;
}

/** A bench at the hub that trusts the view. */
export async function hubbedBench(
  server: NatsServer,
  bench: string,
  views = [key.getPublicKey()],
): Promise<HubbedBench> {
  const scripted = await scriptedBench();
  const app = createApp(scripted.daemon);
  const hub = await joinHub(server, bench, { daemon: scripted.daemon, app, views });
  return {
    ...scripted,
    app,
    hub,
    async [Symbol.asyncDispose]() {
      await hub.close();
      await app.close();
      await scripted[Symbol.asyncDispose]();
    },
  };
}

/** Connects a daemon of this process to a hub, as a bench that trusts the view. */
export async function joinHub(
  { url }: Pick<NatsServer, "url">,
  bench: string,
  { daemon, app, views = [key.getPublicKey()], identity }: {
    daemon: HubBench;
    app: App;
    views?: string[];
    identity?: HubOptions["identity"];
  },
): Promise<Hub> {
  const never = new AbortController().signal;
  const hub = new Hub({
    options: { bench, servers: [url], views, ...identity && { identity } },
    bench: daemon,
    daemon: {
      needsToken: false,
      fetch: (request, caller) =>
        app.fetch(request, { principal: new Principal({ ...caller!, within: `${bench}/`, ended: never }) }),
    },
    facts: { version: "1.0.0", host: "pc7" },
  });
  await until("the hub is reached", () => hub.isConnected);
  return hub;
}

/** A view of a hub. */
export async function openView(
  { url }: Pick<NatsServer, "url">,
  names: string[],
  access = Access.none(),
  identity: HubOptions["identity"] = { kind: "nkey", read: seed },
) {
  const view = new HubView({ servers: [url], identity });
  await until("the benches and their devices are known", () =>
    names.every((name) => {
      const bench = view.benches.get(name);
      return bench?.isThere && bench.devices.size > 0;
    }));
  const app = createViewApp(view, { host: "127.0.0.1", access });
  const ask = async (request: string, body?: unknown, headers: Record<string, string> = {}) => {
    const [method, path] = request.split(" ");
    const answer = await app.request(`http://127.0.0.1${path}`, {
      method,
      headers: { host: "127.0.0.1", ...headers, ...body !== undefined && { "content-type": "application/json" } },
      ...body !== undefined && { body: JSON.stringify(body) },
    });
    // deno-lint-ignore no-explicit-any
    return { status: answer.status, headers: answer.headers, body: await answer.json().catch(() => null) as any };
  };
  const open = async (path: string, headers: Record<string, string> = {}) => {
    const url = `http://127.0.0.1${path}`;
    return new SSEReader(await app.request(url, { headers: { host: "127.0.0.1", ...headers } }));
  };
  return {
    ...{ view, app, ask, open },
    async [Symbol.asyncDispose]() {
      await app.close();
      await view.close();
    },
  };
}
