/** The rights of deploy/nats/nats.conf: a bench speaks for itself, and for no other one. */
import { deepStrictEqual as equal, ok, rejects } from "node:assert/strict";
import { connect, nkeyAuthenticator, nkeys } from "@nats-io/transport-node";
import { hubConfig } from "../../lib/cli/hub/new_hub.ts";
import { Hub } from "../../lib/hub/hub.ts";
import { connectHub, openConnection } from "../../lib/hub/hub_connection.ts";
import { keepStreams } from "../../lib/hub/keep_streams.ts";
import { dataSubject, keyOf, requestSubject, streamName } from "../../lib/hub/names.ts";
import { makeCertificates } from "../support/certificates.ts";
import { natsServer } from "../support/nats_server.ts";
import { scriptedBench } from "../support/scripted_bench.ts";
import { until } from "../support/until.ts";

const template = await Deno.readTextFile(new URL("../../deploy/nats/nats.conf", import.meta.url));

type Key = ReturnType<typeof nkeys.createUser>;

/** The configuration of a hub for lab-2 and lab3, and its keys. The server's own address and folder are those of the test. */
function hubFor(benches: string[]) {
  const keys = new Map<string, Key>([...benches, "reader", "keeper"].map((name) => [name, nkeys.createUser()]));
  const config = hubConfig(template, benches, (name) => keys.get(name)!.getPublicKey());
  return { keys, config: config.slice(config.indexOf("# Who reads all")) };
}

const identityOf = (key: Key) => ({ kind: "nkey" as const, read: () => Promise.resolve(key.getSeed()) });

/** By its rights, or by its account, which has no way there. */
const DENIED = /[Pp]ermission|jetstream is not enabled|no responders/;

Deno.test("by deploy/nats/nats.conf a bench publishes and announces itself, cannot speak for another one, and is filled again after a loss of the disk", async () => {
  const { keys, config } = hubFor(["lab-2", "lab3"]);
  await using server = await natsServer(
    config.replace("SYS {}", "SYS {}\n  OTHER { users = [{ user: other, password: x }] }"),
  );
  const as = (name: string, bench = name) => ({ bench, servers: [server.url], identity: identityOf(keys.get(name)!) });
  const lines: string[] = [];
  const keeping = new AbortController();
  const kept = keepStreams({
    ...{ servers: [server.url], identity: identityOf(keys.get("keeper")!), benches: ["lab-2", "lab3"] },
    ...{ limits: { maxBytes: 1e8, maxAgeMs: 3_600_000 }, report: (line) => lines.push(line) },
  }, keeping.signal);
  await until("the streams are there", () => lines.filter((line) => line.startsWith("made")).length === 2);
  await using bench = await scriptedBench();
  const answering = { fetch: () => new Response(), needsToken: false };
  const hub = new Hub({ options: as("lab3"), bench: bench.daemon, daemon: answering, facts: { version: "1.0.0" } });
  await bench.device.connect();
  await bench.device.startStreaming();
  bench.instrument.push(1, 2, 3);
  const all = await openConnection(as("reader"), "reader");
  const next = async () => {
    const query = { last_by_subj: dataSubject("lab3", "daq1") };
    return (await all.manager.streams.getMessage(streamName("lab3"), query).catch(() => null))?.header.get("Lab-Next");
  };
  await until("its samples have arrived", async () => await next() === "3");
  await until("it is announced", async () => await all.bucket.get(keyOf("lab3", "devices", "daq1")) !== null);
  const { config: { max_age } } = await all.manager.streams.info(streamName("lab3"));
  equal(max_age, 3_600_000 * 1e6);

  const other = await connectHub(as("lab-2"));
  const stolen = await connectHub(as("lab3"));
  await rejects(connectHub(as("lab3", "lab-2")), DENIED);
  await rejects(stolen.js.publish(dataSubject("lab-2", "daq1"), "x"), DENIED);
  await rejects(stolen.bucket.put(keyOf("lab-2", "bench"), "{}"), DENIED);
  equal(await all.bucket.get(keyOf("lab-2", "bench")), null);
  // What it could make at the server would speak for it: to any subject, without its rights.
  const { manager } = stolen;
  const republished = { src: ">", dest: dataSubject("lab-2", "daq1") };
  await rejects(manager.streams.update(streamName("lab3"), { republish: republished }), DENIED);
  await rejects(manager.streams.add({ name: "lab-lab3-2", subjects: ["lab.lab-2.more"] }), DENIED);
  const delivered = { deliver_subject: dataSubject("lab-2", "daq1"), durable_name: "x" };
  await rejects(manager.consumers.add(streamName("lab3"), delivered), DENIED);
  await rejects(manager.consumers.add("KV_lab", delivered), DENIED);
  // It destroys nothing, and reads no other bench.
  await rejects(manager.streams.delete(streamName("lab3")), DENIED);
  await rejects(manager.streams.purge(streamName("lab3")), DENIED);
  await rejects(manager.streams.getMessage(streamName("lab-2"), { seq: 1 }), DENIED);
  await rejects(manager.streams.getMessage("KV_lab", { seq: 1 }), DENIED);
  await rejects(stolen.bucket.get(keyOf("lab-2", "bench")), DENIED);

  // It gets neither the requests to another bench nor the answers to others, and so it cannot answer for one.
  const refused = await Promise.all(
    [requestSubject("lab-2"), "lab.>", "_INBOX.>", "_INBOX_lab-2.>", ">"].map((subject) =>
      new Promise<Error | null>((resolve) => stolen.nats.subscribe(subject, { callback: (error) => resolve(error) }))
    ),
  );
  ok(refused.every((error) => DENIED.test(String(error))), String(refused));
  other.nats.subscribe(requestSubject("lab-2"), { callback: (_, message) => void message.respond("lab-2") });
  await other.nats.flush();
  equal((await all.nats.request(requestSubject("lab-2"), "", { timeout: 60_000 })).string(), "lab-2");

  const stranger = await connect({ servers: [server.url], user: "other", pass: "x" });
  await rejects(stranger.request(requestSubject("lab-2"), "", { timeout: 60_000 }), /no responders/);
  const heard: string[] = [];
  stranger.subscribe("lab.>", { callback: (_, { subject }) => void heard.push(subject) });
  await stranger.flush();

  await server.kill();
  await Deno.remove(`${server.folder}/store`, { recursive: true });
  await server.start();
  bench.instrument.push(4);
  await until("the hub is filled again", async () => await next() === "4");
  equal([lines.filter((line) => line === "made the stream lab-lab3").length, heard], [2, []]);
  await hub.close();
  keeping.abort();
  await kept;
  for (const { nats } of [stolen, other, all]) await nats.close();
  await stranger.close();
});

Deno.test("what a stolen bench has the server answer does not arrive as frames, or as the state, of another bench", async () => {
  const { keys, config } = hubFor(["lab-2", "lab3"]);
  await using server = await natsServer(config);
  const as = (name: string) => ({ bench: name, servers: [server.url], identity: identityOf(keys.get(name)!) });
  const keeper = { servers: [server.url], identity: identityOf(keys.get("keeper")!), benches: ["lab-2", "lab3"] };
  await keepStreams({ ...keeper, limits: {}, once: true, report: () => {} }, new AbortController().signal);
  const all = await openConnection(as("reader"), "reader");
  const stolen = await connectHub(as("lab3"));
  const own = dataSubject("lab3", "daq1");
  await stolen.js.publish(own, "forged");
  const query = JSON.stringify({ last_by_subj: own });
  const victims = [dataSubject("lab-2", "daq1"), `$KV.lab.${keyOf("lab-2", "bench")}`, "lab.lab-2.heartbeat"];
  for (const reply of victims) {
    // The acknowledgement, and messages as they are stored, go where the one who asks says.
    stolen.nats.publish(own, "x", { reply });
    for (const prefix of ["$JS.API", "lab.lab3.api"]) {
      stolen.nats.publish(`${prefix}.DIRECT.GET.${streamName("lab3")}`, query, { reply });
      stolen.nats.publish(`${prefix}.STREAM.MSG.GET.${streamName("lab3")}`, query, { reply });
      stolen.nats.publish(`${prefix}.STREAM.INFO.${streamName("lab3")}`, "", { reply });
    }
  }
  await stolen.nats.flush();
  // It is answered behind them.
  await stolen.manager.streams.info(streamName("lab3"));
  equal((await all.manager.streams.info(streamName("lab-2"))).state.messages, 0);
  equal((await all.manager.streams.info("KV_lab")).state.messages, 0);

  // The key that reads all destroys nothing.
  await rejects(all.manager.streams.deleteMessage(streamName("lab3"), 1), DENIED);
  await rejects(all.manager.streams.purge(streamName("lab3")), DENIED);
  await rejects(all.js.publish(dataSubject("lab-2", "daq1"), "x"), DENIED);
  await rejects(all.nats.request(`$JS.API.STREAM.RESTORE.x`, "{}"), DENIED);
  for (const stream of [streamName("lab3"), "KV_lab"]) {
    await rejects(all.manager.streams.delete(stream), DENIED);
    await rejects(all.manager.streams.purge(stream), DENIED);
    await rejects(all.manager.streams.update(stream, { max_msgs: 1 }), DENIED);
  }
  await rejects(all.manager.streams.add({ name: "more", subjects: ["more"] }), DENIED);
  await rejects(all.bucket.put(keyOf("lab3", "bench"), "{}"), DENIED);
  await rejects(all.bucket.delete(keyOf("lab3", "bench")), DENIED);
  // What it may do is to read, with consumers of its own.
  const consumer = await all.js.consumers.get(streamName("lab3"));
  const read = await consumer.next({ expires: 5_000 });
  equal(read?.string(), "forged");
  await consumer.delete();
  for (const { nats } of [stolen, all]) await nats.close();
});

Deno.test("a hub with an own authority takes a bench with a certificate of it, and no other one", async () => {
  const { keys, config } = hubFor(["lab3"]);
  const folder = await Deno.makeTempDir();
  await makeCertificates(folder);
  const files = `cert_file: "${folder}/cert.pem", key_file: "${folder}/key.pem", ca_file: "${folder}/ca.pem"`;
  await using server = await natsServer(`tls { ${files}, verify: true }\n${config}`);
  const servers = [server.url.replace("nats:", "tls:")];
  const ca = `${folder}/ca.pem`;
  const tls = { ca, cert: `${folder}/cert.pem`, key: `${folder}/key.pem` };
  const keeper = { servers, identity: identityOf(keys.get("keeper")!), tls };
  const limits = {};
  await keepStreams(
    { ...keeper, benches: ["lab3"], limits, once: true, report: () => {} },
    new AbortController().signal,
  );
  const lab3 = { bench: "lab3", servers, identity: identityOf(keys.get("lab3")!) };
  const hub = await connectHub({ ...lab3, tls });
  equal((await hub.js.publish(dataSubject("lab3", "daq1"), "x")).seq, 1);
  await hub.nats.close();
  // The library leaves the error of a handshake to no one; the daemon has this listener, too.
  const ignore = (event: ErrorEvent) => event.preventDefault();
  addEventListener("error", ignore);
  await rejects(connectHub({ ...lab3, tls: { ca } }));
  await rejects(connectHub(lab3));
  removeEventListener("error", ignore);
  await rejects(connect({ servers, tls: { caFile: ca, certFile: tls.cert, keyFile: tls.key } }), /[Aa]uthorization/);
  const another = nkeyAuthenticator(nkeys.createUser().getSeed());
  const options = { servers, authenticator: another, tls: { caFile: ca, certFile: tls.cert, keyFile: tls.key } };
  await rejects(connect(options), /[Aa]uthorization/);
  await Deno.remove(folder, { recursive: true });
});
