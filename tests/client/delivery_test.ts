import assert from "node:assert/strict";
import { SSEClient } from "../../lib/client/mod.ts";
import { Inbox, sample } from "./scripted_daemon.ts";
import { BASE, bench, sequences, STATE } from "./client_bench.ts";

Deno.test("an event has the fields of its data, its SSE id and the data", async () => {
  const { client, daemon, events } = bench();

  client.startDeviceStream("daq1");
  const stream = (await daemon.next()).stream();
  stream.send(": hello\nretry: 2000\n\n" + STATE + sample(42, 7.31));
  await events.has(2);

  const envelope = {
    event: "device_data",
    device_id: "daq1",
    sequence: 42,
    timestamp: "2026-11-22T06:25:52.123456Z",
    payload: 7.31,
  };
  assert.deepEqual(events.all[1], { ...envelope, id: "k3f9-42", data: envelope });
  const [state] = events.all;
  assert.ok(state.event === "device_state");
  assert.deepEqual([state.data.state, state.id], ["streaming", undefined]);
  assert.equal(client.lastEventId, "k3f9-42");
  await client.stopStream();
});

Deno.test("the request names the device, the options and the id to resume after", async () => {
  const { client, daemon } = bench();

  client.startDeviceStream("my daq/1", {
    since: "k3f9-7",
    max_rate: 10,
    sample_rate: 0,
    fast: false,
    unset: undefined,
  });
  const { url, headers } = await daemon.next();

  assert.equal(url.href, `${BASE}/stream/devices/my%20daq%2F1?since=k3f9-7&max_rate=10&sample_rate=0&fast=false`);
  assert.deepEqual([headers.get("accept"), headers.get("last-event-id")], ["text/event-stream", null]);
  await client.stopStream();
});

Deno.test("driver options under options and beside them give the same request", async () => {
  const { client, daemon } = bench();

  client.startDeviceStream("daq1", { max_rate: 10, options: { sample_rate: 0, fast: false, unset: undefined } });
  const nested = await daemon.next();
  await client.stopStream();
  client.startDeviceStream("daq1", { max_rate: 10, sample_rate: 0, fast: false, unset: undefined });
  const flat = await daemon.next();

  assert.equal(nested.url.search, "?max_rate=10&sample_rate=0&fast=false");
  assert.equal(flat.url.search, nested.url.search);
  await client.stopStream();
});

Deno.test("the first request has no Last-Event-ID", async () => {
  const { client, daemon } = bench();

  client.startDeviceStream("daq1");

  assert.equal((await daemon.next()).headers.has("last-event-id"), false);
  await client.stopStream();
});

Deno.test("zero, null, false and an empty text are samples", async () => {
  const { client, daemon, events } = bench();
  const payloads = [0, null, false, "", [], {}];

  client.startDeviceStream("daq1");
  (await daemon.next()).stream().send(payloads.map((payload, i) => sample(i, payload)).join(""));
  await events.has(payloads.length);

  assert.deepEqual(events.all.map(({ payload }) => payload), payloads);
  await client.stopStream();
});

Deno.test("a character that arrives in two chunks stays whole", async () => {
  const { client, daemon, events } = bench();
  const bytes = new TextEncoder().encode(sample(0, "Ω☃𝄞"));

  client.startDeviceStream("daq1");
  const stream = (await daemon.next()).stream();
  for (const byte of bytes) stream.sendBytes(Uint8Array.of(byte));
  await events.has(1);

  assert.equal(events.all[0].payload, "Ω☃𝄞");
  await client.stopStream();
});

Deno.test("an onEvent that throws or rejects is reported and the stream continues", async () => {
  const { client, daemon, events, errors } = bench({
    onEvent: (event) => {
      events.push(event);
      if (event.sequence === 0) throw new Error("boom");
      if (event.sequence === 1) return Promise.reject(new Error("later boom"));
    },
  });

  client.startDeviceStream("daq1");
  (await daemon.next()).stream().send(sample(0) + sample(1) + sample(2));
  await events.has(3);

  assert.deepEqual(errors.all.map(({ error, retryIn }) => [(error as Error).message, retryIn]), [
    ['onEvent failed on device_data k3f9-0 of "daq1": boom', undefined],
    ['onEvent failed on device_data k3f9-1 of "daq1": later boom', undefined],
  ]);
  await client.stopStream();
});

Deno.test("an onError that throws does not end the stream", async () => {
  const logged = new Inbox<unknown>();
  const original = console.error;
  console.error = logged.push;
  try {
    const { client, daemon, events } = bench({
      onError: () => {
        throw new Error("no log");
      },
    });
    client.startDeviceStream("daq1");
    (await daemon.next()).stream().send("data: not JSON\n\n" + sample(1));
    await events.has(1);
    await client.stopStream();
  } finally {
    console.error = original;
  }

  assert.match(String(logged.all[0]), /no log/);
});

Deno.test("an event that is not a JSON object is reported and skipped", async () => {
  const { client, daemon, events, errors } = bench();

  client.startDeviceStream("daq1");
  (await daemon.next()).stream().send('data: {"broken\n\n' + "data: [1]\n\n" + sample(1));
  await events.has(1);

  assert.deepEqual(sequences(events), [1]);
  assert.equal(errors.all.length, 2);
  assert.match(String(errors.all[0].error), /expected a JSON object, found \{"broken/);
  await client.stopStream();
});

Deno.test("a second start changes nothing; a start after a stop opens a new stream", async () => {
  const { client, daemon, events } = bench();

  client.startDeviceStream("daq1");
  client.startDeviceStream("daq1", { max_rate: 1 });
  (await daemon.next()).stream().send(sample(5));
  await events.has(1);
  await client.stopStream();
  client.startDeviceStream("daq1");
  const again = await daemon.next();
  again.stream().send(sample(9));
  await events.has(2);

  assert.equal(daemon.requests.length, 2);
  assert.equal(again.headers.has("last-event-id"), false);
  assert.deepEqual(sequences(events), [5, 9]);
  await client.stopStream();
});

Deno.test("a client that follows one device refuses to follow another", async () => {
  const { client, daemon } = bench();
  client.startDeviceStream("daq1");
  await daemon.next();

  assert.throws(() => client.startDeviceStream("daq2"), /Cannot stream "daq2": this client follows "daq1"/);

  await client.stopStream();
});

Deno.test("a start without onEvent, or with an id that cannot be in a URL, throws", () => {
  assert.throws(() => new SSEClient(BASE).startDeviceStream("daq1"), /made without 'onEvent'/);
  assert.throws(() => bench().client.startDeviceStream(".."), /Cannot address "\.\."/);
});
