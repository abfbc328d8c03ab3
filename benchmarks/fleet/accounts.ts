/**
 * The CPU of a hub's server for one bench of ten devices at 1 kHz: with all users in one account, and with an account for each
 * bench, as `hub init` writes it. In turns, on a machine that may have other work: compare the CPU a message.
 *
 *     deno run -A --config=tests/deno.json benchmarks/fleet/accounts.ts [rounds] [seconds]
 *
 * @module
 */
import { nkeys } from "@nats-io/transport-node";
import { delay } from "../../lib/async/mod.ts";
import { hubConfig } from "../../lib/cli/hub/new_hub.ts";
import { openConnection } from "../../lib/hub/hub_connection.ts";
import { keepStreams } from "../../lib/hub/keep_streams.ts";
import { streamName } from "../../lib/hub/names.ts";
import { natsServer } from "../../tests/support/nats_server.ts";
import { serveBench } from "../../tests/support/served_bench.ts";
import { until } from "../../tests/support/until.ts";
import { cpuSeconds } from "../proc.ts";

const [rounds = 5, seconds = 30] = Deno.args.map(Number);
const template = await Deno.readTextFile(new URL("../../deploy/nats/nats.conf", import.meta.url));
const devices = Array.from(
  { length: 10 },
  (_, i) => `- { id: d${i}, driver: Counter, process: p, streaming: always, options: { sample_rate: 1000 } }\n`,
);

async function measure(accounts: boolean) {
  const keys = new Map(["lab1", "reader", "keeper"].map((name) => [name, nkeys.createUser()]));
  const publicKey = (name: string) => keys.get(name)!.getPublicKey();
  const users = Array.from(keys.keys(), (name) => `{ nkey: "${publicKey(name)}" }`);
  const written = hubConfig(template, ["lab1"], publicKey);
  const config = accounts
    ? written.slice(written.indexOf("# Who reads all"))
    : `accounts { LAB { jetstream: enabled, users = [ ${users.join(", ")} ] } }\n`;
  await using server = await natsServer(config);
  const as = (name: string) => ({
    servers: [server.url],
    identity: { kind: "nkey" as const, read: () => Promise.resolve(keys.get(name)!.getSeed()) },
  });
  const kept = { benches: ["lab1"], limits: { maxBytes: 4e9 }, once: true, report: () => {} };
  await keepStreams({ ...as("keeper"), ...kept }, new AbortController().signal);
  const seed = `${server.folder}/lab1.seed`;
  await Deno.writeTextFile(seed, new TextDecoder().decode(keys.get("lab1")!.getSeed()));
  const reader = await openConnection(as("reader"), "reader");
  await using bench = await serveBench(
    `hub: { servers: ["${server.url}"], bench: lab1, nkey: "${seed}" }\ndevices:\n${devices.join("")}`,
    { drivers: ["counter.ts"] },
  );
  const now = async () => {
    const { state } = await reader.manager.streams.info(streamName("lab1"));
    return { messages: state.last_seq, server: cpuSeconds(server.pid), daemon: cpuSeconds(bench.pid) };
  };
  await until("all stream", async () => (await now()).messages > 300);
  const before = await now();
  await delay(seconds * 1000);
  const after = await now();
  await reader.nats.close();
  const messages = after.messages - before.messages;
  return { messages, server: after.server - before.server, daemon: after.daemon - before.daemon };
}

for (let round = 0; round < rounds; round++) {
  for (const accounts of [false, true]) {
    const { messages, server, daemon } = await measure(accounts);
    const each = (cpu: number) => `${(1000 * cpu / messages).toFixed(3)} ms`;
    const what = accounts ? "an account for each bench" : "one account";
    console.log(
      `${what}: ${messages / seconds} messages a second, server ${each(server)}, daemon ${each(daemon)} each`,
    );
  }
}
Deno.exit(0);
