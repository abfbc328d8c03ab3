/** The rights of deploy/nats/nats.conf: a bench speaks for itself, and for no other one. */
import { deepStrictEqual as equal, rejects } from "node:assert/strict";
import { nkeys } from "@nats-io/transport-node";
import { connectHub } from "../../lib/hub/hub_connection.ts";
import { Hub } from "../../lib/hub/hub.ts";
import { dataSubject, keyOf, streamName } from "../../lib/hub/names.ts";
import { natsServer } from "../support/nats_server.ts";
import { scriptedBench } from "../support/scripted_bench.ts";
import { until } from "../support/until.ts";

const config = await Deno.readTextFile(new URL("../../deploy/nats/nats.conf", import.meta.url));

Deno.test("by deploy/nats/nats.conf a bench publishes and announces itself, and cannot speak for another one", async () => {
  const [lab3, reader] = [nkeys.createUser(), nkeys.createUser()];
  const rights = config.slice(config.indexOf("# A bench publishes"))
    .replace("UBENCHLAB3KEYOFYOUROWN", lab3.getPublicKey())
    .replace("UREADERKEYOFYOUROWN", reader.getPublicKey());
  await using server = await natsServer(rights);
  await using bench = await scriptedBench();
  const as = (key: typeof lab3, name = "lab3") => ({
    ...{ bench: name, servers: [server.url] },
    identity: { kind: "nkey" as const, read: () => Promise.resolve(key.getSeed()) },
  });
  const answering = { fetch: () => new Response(), needsToken: false };
  const hub = new Hub({ options: as(lab3), bench: bench.daemon, daemon: answering, facts: { version: "1.0.0" } });
  await bench.device.connect();
  await bench.device.startStreaming();
  bench.instrument.push(1, 2, 3);
  await until("the hub is reached", () => hub.isConnected);
  const all = await connectHub(as(reader));
  await until("its samples have arrived", async () => {
    const last = await all.manager.streams.getMessage(streamName("lab3"), {
      last_by_subj: dataSubject("lab3", "daq1"),
    });
    return last?.header.get("Lab-Next") === "3";
  });
  await until("it is announced", async () => await all.bucket.get(keyOf("lab3", "devices", "daq1")) !== null);

  await rejects(connectHub(as(lab3, "lab4")), /[Pp]ermission/);
  const stolen = await connectHub(as(lab3));
  await rejects(stolen.js.publish(dataSubject("lab4", "daq1"), "x"), /[Pp]ermission/);
  await rejects(stolen.bucket.put(keyOf("lab4", "bench"), "{}"), /[Pp]ermission/);
  equal(await all.bucket.get(keyOf("lab4", "bench")), null);
  await hub.close();
  await stolen.nats.close();
  await all.nats.close();
});
