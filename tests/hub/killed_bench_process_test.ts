/** A view over benches that have accounts of their own at a real hub, as `hub init` writes it. */
import { deepStrictEqual as equal } from "node:assert/strict";
import { nkeys } from "@nats-io/transport-node";
import { hubConfig } from "../../lib/cli/hub/new_hub.ts";
import { createApp } from "../../lib/http/app.ts";
import { keepStreams } from "../../lib/hub/keep_streams.ts";
import { FaultProxy } from "../support/fault_proxy.ts";
import { joinHub, openView } from "../support/hub_view.ts";
import { natsServer } from "../support/nats_server.ts";
import { scriptedBench } from "../support/scripted_bench.ts";
import { until, within } from "../support/until.ts";

Deno.test("a request to a bench in an account of its own that was killed is answered with 503, though its heartbeats are not missed yet", async () => {
  const keys = new Map(["lab3", "reader", "keeper"].map((name) => [name, nkeys.createUser()]));
  const template = await Deno.readTextFile(new URL("../../deploy/nats/nats.conf", import.meta.url));
  const config = hubConfig(template, ["lab3"], (name) => keys.get(name)!.getPublicKey());
  await using server = await natsServer(config.slice(config.indexOf("# Who reads all")));
  const identityOf = (name: string) => ({
    kind: "nkey" as const,
    read: () => Promise.resolve(keys.get(name)!.getSeed()),
  });
  const keeper = { servers: [server.url], identity: identityOf("keeper"), benches: ["lab3"] };
  await keepStreams({ ...keeper, limits: {}, once: true, report: () => {} }, new AbortController().signal);
  await using line = await FaultProxy.start(Number(new URL(server.url).port));
  await using bench = await scriptedBench();
  const app = createApp(bench.daemon);
  const hub = await joinHub({ url: `nats://127.0.0.1:${line.port}` }, "lab3", {
    ...{ daemon: bench.daemon, app, identity: identityOf("lab3") },
    views: [keys.get("reader")!.getPublicKey()],
  });
  await using view = await openView(server, ["lab3"], undefined, identityOf("reader"));
  equal((await view.ask("GET /devices/lab3/daq1")).status, 200);

  await line.refuse();
  const known = view.view.benches.get("lab3")!;
  // As if it had been heard a moment ago, for as long as the test takes.
  known.takeBeat({ ...known.about!, heartbeat: 3_600 });
  const answer = await within(view.ask("GET /devices/lab3/daq1"), () => "no answer has come");
  equal([answer.status, answer.body.error.type], [503, "BenchAway"]);
  equal((await view.ask("GET /benches")).body.benches[0].state, "away");

  await line.heal();
  await until("it is there again", () => known.isThere);
  equal((await view.ask("GET /devices/lab3/daq1")).status, 200);
  await hub.close();
  await app.close();
});
