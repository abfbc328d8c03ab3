import assert from "node:assert/strict";
import { sample } from "./scripted_daemon.ts";
import { bench, nextTurn, sequences, withTime } from "./client_bench.ts";

Deno.test("stopStream() ends a silent stream at once, and is idempotent", async () => {
  const { client, daemon, errors } = bench();

  await client.stopStream();
  client.startDeviceStream("daq1");
  const request = await daemon.next();
  request.stream();
  await Promise.all([client.stopStream(), client.stopStream()]);
  await client.stopStream();

  assert.deepEqual([client.isRunning(), request.signal.aborted, errors.all], [false, true, []]);
});

Deno.test("stopStream() ends the wait for the next attempt", () =>
  withTime(async (clock) => {
    const { client, daemon, errors } = bench();

    client.startDeviceStream("daq1");
    (await daemon.next()).fail("connection refused");
    await errors.has(1);
    await client.stopStream();
    await clock.tickAsync(60_000);

    assert.equal(daemon.requests.length, 1);
    assert.equal(clock.countTimers(), 0);
  }));

Deno.test("no event arrives after stopStream(), not even one that was received before", async () => {
  const stopped = Promise.withResolvers<void>();
  const { client, daemon, events } = bench({
    onEvent: (event) => {
      events.push(event);
      client.stopStream().then(stopped.resolve);
    },
  });

  client.startDeviceStream("daq1");
  (await daemon.next()).stream().send(sample(0) + sample(1) + sample(2));
  await stopped.promise;

  assert.deepEqual(sequences(events), [0]);
  assert.equal(client.lastEventId, "k3f9-0");
});

Deno.test("onEvent is not called after stopStream(), at whatever moment that is called", async () => {
  for (let turns = 0; turns < 40; turns++) {
    const { client, daemon, events } = bench();

    client.startDeviceStream("daq1");
    (await daemon.next()).stream().send(sample(0) + sample(1));
    for (let i = 0; i < turns; i++) await nextTurn();
    const stopping = client.stopStream();
    const before = events.all.length;
    await stopping;

    assert.equal(events.all.length, before, `stopped ${turns} turns after the event came`);
  }
});

Deno.test("the body of a fetch that ignores its signal is cancelled", async () => {
  const left = Promise.withResolvers<void>();
  const body = new ReadableStream({ cancel: () => left.resolve() });
  const opened = Promise.withResolvers<void>();
  const { client } = bench({
    fetch: () => {
      opened.resolve();
      return Promise.resolve(new Response(body, { headers: { "content-type": "text/event-stream" } }));
    },
  });

  client.startDeviceStream("daq1");
  await opened.promise;
  for (let i = 0; i < 20; i++) await nextTurn();
  await client.stopStream();

  await left.promise;
});

Deno.test("stopStream() waits for the running onEvent, up to its timeout", () =>
  withTime(async (clock) => {
    const slow = Promise.withResolvers<void>();
    const order: string[] = [];
    const { client, daemon, events } = bench({
      onEvent: (event) => (events.push(event), slow.promise.then(() => void order.push("onEvent ended"))),
    });

    client.startDeviceStream("daq1");
    (await daemon.next()).stream().send(sample(0) + sample(1));
    await events.has(1);
    const impatient = client.stopStream(100).then(() => order.push("timeout over"));
    const patient = client.stopStream(1_000).then(() => order.push("stopped"));
    await clock.tickAsync(100);
    await impatient;
    slow.resolve();
    await patient;

    assert.deepEqual(order, ["timeout over", "onEvent ended", "stopped"]);
    assert.deepEqual(sequences(events), [0]);
  }));

Deno.test("a caller's own signal stops a stream like stopStream()", async () => {
  const { client, daemon } = bench();
  const stop = new AbortController();

  client.startDeviceStream("daq1", { signal: stop.signal });
  const request = await daemon.next();
  stop.abort();

  assert.equal(client.isRunning(), false);
  await client.stopStream();
  assert.equal(request.signal.aborted, true);
});

Deno.test("a client in 'await using' stops at the end of its block", async () => {
  const { client, daemon } = bench();
  {
    await using following = client;
    following.startDeviceStream("daq1");
    await daemon.next();
  }

  assert.equal(daemon.requests[0].signal.aborted, true);
});
