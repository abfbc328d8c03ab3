import { equal } from "node:assert/strict";
import { connectHub, requireStream } from "../../lib/hub/hub_connection.ts";
import { dataSubject, streamName } from "../../lib/hub/names.ts";
import { newestMessage } from "../../lib/hub/stream_watch.ts";
import { lastSamples } from "../../lib/hub/view/last_samples.ts";
import { natsServer } from "../support/nats_server.ts";

Deno.test("a view and a bench that look at a stream while another connection makes it do not crash the hub: nats-server 2.9 ended", async () => {
  await using server = await natsServer();
  const connect = () => connectHub({ bench: "lab1", servers: [server.url] });
  const [maker, view, bench] = await Promise.all([connect(), connect(), connect()]);
  const end = new AbortController();
  let looks = 0;
  const lookOn = async (look: () => Promise<unknown>) => {
    for (; !end.signal.aborted; looks++) equal(await look().catch(() => null) ?? null, null);
  };
  const subject = dataSubject("lab1", "daq1");
  // Many at the same time: the stream is made in less than a millisecond.
  const lookers = Promise.all(
    Array.from({ length: 20 }, () => [
      lookOn(() => lastSamples(view.manager, "lab1", "daq1")),
      lookOn(async () => {
        const info = await bench.manager.streams.info(streamName("lab1"));
        return await newestMessage(bench.manager, info, subject);
      }),
    ]).flat(),
  );
  for (let round = 0; round < 200; round++) {
    await requireStream(maker.manager, "lab1");
    await maker.manager.streams.delete(streamName("lab1"));
  }
  end.abort();
  await lookers;
  equal(looks > 300, true);
  await Promise.all([maker, view, bench].map(({ nats }) => nats.close()));
});
