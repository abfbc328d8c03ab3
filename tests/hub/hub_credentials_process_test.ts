import { deepStrictEqual as equal, rejects } from "node:assert/strict";
import { Hub } from "../../lib/hub/hub.ts";
import { connectHub } from "../../lib/hub/hub_connection.ts";
import { dataSubject, requestSubject, streamName } from "../../lib/hub/names.ts";
import { natsOperator } from "../support/nats_credentials.ts";
import { natsServer } from "../support/nats_server.ts";
import { scriptedBench } from "../support/scripted_bench.ts";
import { until } from "../support/until.ts";

const MAIN = new URL("../../lib/cli/hub/main.ts", import.meta.url).pathname;

const KEEPER = {
  pub: { allow: [...["CREATE", "UPDATE", "INFO"].map((it) => `$JS.API.STREAM.${it}.*`), "$JS.API.INFO"] },
  sub: { allow: ["_INBOX_keeper.>"] },
};

/** The rights of a bench, as deploy/nats/nats.conf has them. */
const rightsOf = (bench: string) => ({
  pub: {
    allow: [
      ...[`lab.${bench}.>`, `$KV.lab.${bench}.>`, "$JS.API.STREAM.INFO.KV_lab"],
      ...["STREAM.INFO", "STREAM.MSG.GET", "DIRECT.GET"].map((it) => `$JS.API.${it}.lab-${bench}`),
      ...[`$JS.API.DIRECT.GET.lab-${bench}.>`, `$JS.API.DIRECT.GET.KV_lab.$KV.lab.${bench}.>`],
    ],
  },
  sub: { allow: [`lab.${bench}.>`, `_INBOX_${bench}.>`] },
  resp: { max: 1, ttl: 300e9 },
});

Deno.test("a bench with credentials, a JWT and its seed, publishes and answers, and has the rights in them only", async () => {
  const operator = natsOperator();
  await using server = await natsServer(operator.config);
  await using bench = await scriptedBench();
  const identity = (text: string) => ({
    kind: "creds" as const,
    read: () => Promise.resolve(new TextEncoder().encode(text)),
  });
  const servers = [server.url];
  // The keeper makes the streams, by the command that the documents have.
  const file = `${server.folder}/keeper.creds`;
  await Deno.writeTextFile(file, operator.user("keeper", KEEPER));
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", MAIN, "keep", "--once", "--server", server.url, "--creds", file, "lab1"],
  }).output();
  equal([code, new TextDecoder().decode(stderr)], [0, ""]);
  const reader = await connectHub({ bench: "lab1", servers, identity: identity(operator.user("all")) });
  const own = identity(operator.user("lab1", rightsOf("lab1")));
  const hub = new Hub({
    options: { bench: "lab1", servers, identity: own },
    bench: bench.daemon,
    daemon: { fetch: () => new Response("answered"), needsToken: true },
    facts: { version: "1.0.0" },
  });
  await bench.device.connect();
  await bench.device.startStreaming();
  bench.instrument.push("by credentials");
  const query = { last_by_subj: dataSubject("lab1", "daq1") };
  await until("the sample has arrived", async () => {
    const last = await reader.manager.streams.getMessage(streamName("lab1"), query);
    return last !== null && new TextDecoder().decode(last.data).includes("by credentials");
  });
  const headers = reader.headers();
  headers.set("Lab-Method", "GET");
  headers.set("Lab-Path", "/devices");
  const answer = await reader.nats.request(requestSubject("lab1"), undefined, { headers, timeout: 60_000 });
  equal(answer.string(), "answered");
  await rejects(connectHub({ bench: "lab2", servers, identity: own }), /permission/i);
  // It shows nothing to a server, or to one between, that would have it unencrypted.
  const tls = [server.url.replace("nats:", "tls:")];
  await rejects(connectHub({ bench: "lab1", servers: tls, identity: own }), /the server has no TLS/);
  await hub.close();
  await reader.nats.close();
});
