/** The program itself: two daemons and a view at a real hub, of which one is killed, and the hub wiped. */
import { deepStrictEqual as equal } from "node:assert/strict";
import { nkeys } from "@nats-io/transport-node";
import { ServerAPI } from "../../lib/client/mod.ts";
import type { BenchesAnswer } from "../../lib/wire/pages/benches.ts";
import { natsServer } from "../support/nats_server.ts";
import { serveBench } from "../support/served_bench.ts";
import type { WireEvent } from "../support/sse_reader.ts";
import { until } from "../support/until.ts";

Deno.test("a view shows two daemons through the kill of one and the wiping of the hub, and its stream misses nothing that it does not say", async () => {
  await using server = await natsServer();
  const key = nkeys.createUser();
  const seed = `${server.folder}/view.seed`;
  await Deno.writeTextFile(seed, new TextDecoder().decode(key.getSeed()));
  const serve = (bench: string) =>
    serveBench(
      `hub: { servers: ["${server.url}"], bench: ${bench}, views: [${key.getPublicKey()}] }\n` +
        "devices: [{ id: daq1, driver: Counter, streaming: always, options: { sample_rate: 100 } }]\n",
      { drivers: ["counter.ts"] },
    );
  await using _lab3 = await serve("lab3");
  await using lab4 = await serve("lab4");
  await using view = await serveBench(`hub: { servers: ["${server.url}"], nkey: "${seed}" }\n`, {
    args: ["--hub-view"],
  });
  const stateOf = async (name: string) => {
    const { benches } = await view.ask<BenchesAnswer>("GET /benches");
    return benches.find(({ bench, devices }) => bench === name && devices > 0)?.state;
  };
  await until(
    "both benches are there",
    async () => await stateOf("lab3") === "there" && await stateOf("lab4") === "there",
  );

  // The client libraries encode the id.
  const api = new ServerAPI(view.url);
  equal((await api.getDevice("lab4/daq1")).device_id, "lab4/daq1");
  equal((await api.listDevices()).map(({ device_id }) => device_id), ["lab3/daq1", "lab4/daq1"]);

  await using stream = await view.open("/stream?devices=*");
  const of = (id: string) => stream.events.filter(({ device_id }) => device_id === id);
  const samples = (events: WireEvent[]) => events.filter(({ event }) => event === "device_data");
  const more = async (id: string, many: number) => {
    const before = samples(of(id)).length;
    while (samples(of(id)).length < before + many) await stream.next();
  };
  await more("lab3/daq1", 50);
  await more("lab4/daq1", 50);
  lab4.kill("SIGKILL");
  await lab4.status;
  await until("it is away", async () => {
    const answer = await fetch(`${view.url}/devices/lab4/daq1/connect`, { method: "POST" });
    const { error } = await answer.json();
    return answer.status === 503 && error.type === "BenchAway" && await stateOf("lab4") === "away";
  });
  equal((await api.getDevice("lab4/daq1")).stale_since === null, false);
  await more("lab3/daq1", 50);
  {
    await using _again = await serve("lab4");
    await until("it is back", async () => await stateOf("lab4") === "there");
    const gap = await stream.next(({ event, device_id }) => event === "gap" && device_id === "lab4/daq1");
    equal([gap.to, gap.reason], [null, "restart"]);
    const before = stream.events.slice(0, stream.events.indexOf(gap));
    const last = samples(before).findLast(({ device_id }) => device_id === "lab4/daq1");
    equal(gap.from, last!.sequence! + 1);
    await more("lab4/daq1", 20);

    // All that the hub has is gone: the benches fill it again, and the readers of the view resume.
    await server.kill();
    await Deno.remove(`${server.folder}/store`, { recursive: true });
    await server.start();
    await more("lab3/daq1", 50);
    await until(
      "both benches are there again",
      async () => await stateOf("lab3") === "there" && await stateOf("lab4") === "there",
    );
  }
  const found = samples(of("lab3/daq1")).map(({ sequence }) => sequence!);
  equal(found, found.map((_, i) => found[0] + i));
  equal(of("lab3/daq1").filter(({ event }) => event === "gap"), []);
});
