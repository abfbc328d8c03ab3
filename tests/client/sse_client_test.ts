import assert from "node:assert/strict";
import { type Clock, install } from "@sinonjs/fake-timers";
import {
  type ReceivedEvent,
  ServerAPIError,
  ServerConnectionError,
  SSEClient,
  type SSEClientOptions,
} from "../../lib/client/mod.ts";
import { Inbox, sample, ScriptedDaemon } from "./scripted_daemon.ts";

const BASE = "http://bench:5000";
const STATE =
  'event: device_state\ndata: {"event":"device_state","device_id":"daq1","timestamp":"t","state":"streaming"}\n\n';

/** A client of a scripted daemon, with all that it delivers and reports. */
function bench(options: SSEClientOptions = {}) {
  const daemon = new ScriptedDaemon();
  const events = new Inbox<ReceivedEvent>();
  const errors = new Inbox<{ error: unknown; retryIn?: number }>();
  const client = new SSEClient(BASE, {
    fetch: daemon.fetch,
    onEvent: events.push,
    onError: (error, retryIn) => errors.push({ error, retryIn }),
    ...options,
  });
  return { daemon, events, errors, client };
}

/** Time stands still until the test turns it, and every jitter is the given share of its range. */
async function withTime(run: (clock: Clock) => Promise<void>, jitter = 0.5): Promise<void> {
  const { random } = Math;
  const clock = install();
  Math.random = () => jitter;
  try {
    await run(clock);
  } finally {
    Math.random = random;
    clock.uninstall();
  }
}

const sequences = (events: Inbox<ReceivedEvent>) => events.all.map((event) => event.sequence);
const nextTurn = () => new Promise((resolve) => queueMicrotask(() => resolve(undefined)));

Deno.test("an event arrives with the envelope's fields, its SSE id and the envelope itself", async () => {
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

Deno.test("the request names the device, its options and where to resume, and asks for an event stream", async () => {
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

Deno.test("a first stream asks without Last-Event-ID", async () => {
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

Deno.test("a character that arrives in two pieces stays whole", async () => {
  const { client, daemon, events } = bench();
  const bytes = new TextEncoder().encode(sample(0, "Ω☃𝄞"));

  client.startDeviceStream("daq1");
  const stream = (await daemon.next()).stream();
  for (const byte of bytes) stream.sendBytes(Uint8Array.of(byte));
  await events.has(1);

  assert.equal(events.all[0].payload, "Ω☃𝄞");
  await client.stopStream();
});

Deno.test("a stream that is cut inside an event resumes after the last whole one", () =>
  withTime(async (clock) => {
    const { client, daemon, events, errors } = bench();

    client.startDeviceStream("daq1", { sample_rate: 5 });
    const first = (await daemon.next()).stream();
    first.send(sample(0) + sample(1) + STATE + sample(2).slice(0, -20));
    await events.has(3);
    first.cut();
    await errors.has(1);
    await clock.tickAsync(2_000);
    const again = await daemon.next();
    again.stream().send(sample(2) + sample(3));
    await events.has(5);

    assert.deepEqual(sequences(events), [0, 1, undefined, 2, 3]);
    assert.equal(again.headers.get("last-event-id"), "k3f9-1");
    assert.equal(again.url.search, "?sample_rate=5");
    assert.ok(errors.all[0].error instanceof ServerConnectionError);
    assert.match(errors.all[0].error.message, /connection reset/);
    await client.stopStream();
  }));

Deno.test("an id in a block without data is where the stream resumes", () =>
  withTime(async (clock) => {
    const { client, daemon, errors } = bench();

    client.startDeviceStream("daq1");
    const stream = (await daemon.next()).stream();
    stream.send("id: k3f9-9\n\n");
    stream.end();
    await errors.has(1);
    await clock.tickAsync(2_000);

    assert.equal((await daemon.next()).headers.get("last-event-id"), "k3f9-9");
    await client.stopStream();
  }));

Deno.test("the server's retry is the first delay, and it doubles up to 30 s while nobody answers", () =>
  withTime(async (clock) => {
    const { client, daemon, errors } = bench();

    client.startDeviceStream("daq1");
    const stream = (await daemon.next()).stream();
    stream.send("retry: 4000\n\n");
    stream.end();
    for (let failures = 1; failures <= 6; failures++) {
      await errors.has(failures);
      await clock.tickAsync(errors.all[failures - 1].retryIn! - 1);
      assert.equal(daemon.requests.length, failures);
      await clock.tickAsync(1);
      (await daemon.next()).fail("connection refused");
    }
    await errors.has(7);

    assert.deepEqual(errors.all.map(({ retryIn }) => retryIn), [2_000, 4_000, 8_000, 15_000, 15_000, 15_000, 15_000]);
    await client.stopStream();
  }));

Deno.test("the backoff begins anew after a connection that gave events", () =>
  withTime(async (clock) => {
    const { client, daemon, events, errors } = bench();

    client.startDeviceStream("daq1");
    for (let failures = 1; failures <= 3; failures++) {
      (await daemon.next()).fail("connection refused");
      await errors.has(failures);
      await clock.tickAsync(30_000);
    }
    const stream = (await daemon.next()).stream();
    stream.send(sample(0));
    await events.has(1);
    stream.cut();
    await errors.has(4);

    assert.deepEqual(errors.all.map(({ retryIn }) => retryIn), [1_000, 2_000, 4_000, 1_000]);
    await client.stopStream();
  }));

Deno.test("a server that asks for a retry of 0 is still not asked in a tight loop", () =>
  withTime(async () => {
    const { client, daemon, errors } = bench();

    client.startDeviceStream("daq1");
    const stream = (await daemon.next()).stream();
    stream.send("retry: 0\n\n");
    stream.end();
    await errors.has(1);

    assert.equal(errors.all[0].retryIn, 50);
    await client.stopStream();
  }));

Deno.test("a peer without a byte for 45 s is taken for dead, and keep-alives keep it alive", () =>
  withTime(async (clock) => {
    const { client, daemon, events, errors } = bench();

    client.startDeviceStream("daq1");
    const request = await daemon.next();
    const stream = request.stream();
    stream.send(sample(0));
    await events.has(1);
    for (let i = 0; i < 4; i++) {
      await clock.tickAsync(44_000);
      stream.send(": keep-alive\n\n");
    }
    await clock.tickAsync(44_999);
    assert.deepEqual([errors.all.length, request.signal.aborted], [0, false]);
    await clock.tickAsync(1);
    await errors.has(1);

    assert.match(String(errors.all[0].error), /nothing came for 45 s/);
    assert.equal(request.signal.aborted, true);
    await clock.tickAsync(2_000);
    assert.equal((await daemon.next()).headers.get("last-event-id"), "k3f9-0");
    await client.stopStream();
  }));

Deno.test("a peer that takes the request and never answers is taken for dead after 45 s", () =>
  withTime(async (clock) => {
    const { client, daemon, errors } = bench();

    client.startDeviceStream("daq1");
    const request = await daemon.next();
    await clock.tickAsync(45_000);
    await errors.has(1);

    assert.equal(request.signal.aborted, true);
    await client.stopStream();
  }));

Deno.test("stopStream() ends a silent stream at once, and twice is as good as once", async () => {
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

Deno.test("no event arrives after stopStream(), not even one that is already in hand", async () => {
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

Deno.test("no onEvent begins once stopStream() was called, at whatever moment that is", async () => {
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

Deno.test("a fetch that ignores its signal, such as an app in the same process, is closed all the same", async () => {
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

Deno.test("stopStream() waits for the onEvent that is at work, but not beyond its timeout", () =>
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

Deno.test("a second start changes nothing, a start after a stop begins anew", async () => {
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

Deno.test("a start without onEvent, or of an id that no URL can hold, is refused at once", () => {
  assert.throws(() => new SSEClient(BASE).startDeviceStream("daq1"), /made without 'onEvent'/);
  assert.throws(() => bench().client.startDeviceStream(".."), /Cannot address "\.\."/);
});

Deno.test("an onEvent that throws or rejects is reported and the stream goes on", async () => {
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

Deno.test("an event that is no JSON object is reported and passed over", async () => {
  const { client, daemon, events, errors } = bench();

  client.startDeviceStream("daq1");
  (await daemon.next()).stream().send('data: {"broken\n\n' + "data: [1]\n\n" + sample(1));
  await events.has(1);

  assert.deepEqual(sequences(events), [1]);
  assert.equal(errors.all.length, 2);
  assert.match(String(errors.all[0].error), /expected a JSON object, found \{"broken/);
  await client.stopStream();
});

const UNKNOWN = { error: { type: "DeviceNotFound", message: 'Cannot find device "dqa1": known devices are daq1' } };

Deno.test("a mistyped device ends the stream at once with the daemon's words, and onError may start anew", async () => {
  const refusals = new Inbox<{ error: unknown; retryIn?: number; running: boolean }>();
  const { client, daemon } = bench({
    onError: (error, retryIn) => {
      refusals.push({ error, retryIn, running: client.isRunning() });
      client.startDeviceStream("daq1");
    },
  });

  client.startDeviceStream("dqa1");
  (await daemon.next()).json(404, UNKNOWN);
  const again = await daemon.next();

  const [{ error, retryIn, running }] = refusals.all;
  assert.ok(error instanceof ServerAPIError);
  assert.deepEqual([error.status, error.type, error.message], [404, "DeviceNotFound", UNKNOWN.error.message]);
  assert.deepEqual([retryIn, running, again.url.pathname], [undefined, false, "/stream/devices/daq1"]);
  await client.stopStream();
});

Deno.test("an answer that is no event stream ends the stream at once", async () => {
  const { client, daemon, errors } = bench();

  client.startDeviceStream("daq1");
  (await daemon.next()).respond(new Response("<html>", { headers: { "content-type": "text/html" } }));
  await errors.has(1);

  assert.match(String(errors.all[0].error), /expected text\/event-stream, found text\/html \(status 200\)/);
  assert.equal(errors.all[0].retryIn, undefined);
  await client.stopStream();
});

Deno.test("a device that a restarted daemon does not know yet is asked for again", () =>
  withTime(async (clock) => {
    const { client, daemon, events, errors } = bench();

    client.startDeviceStream("daq1");
    const stream = (await daemon.next()).stream();
    stream.send(sample(0));
    await events.has(1);
    stream.end();
    await errors.has(1);
    await clock.tickAsync(2_000);
    (await daemon.next()).json(404, UNKNOWN);
    await errors.has(2);
    await clock.tickAsync(2_000);
    (await daemon.next()).stream().send(sample(1));
    await events.has(2);

    assert.deepEqual(sequences(events), [0, 1]);
    await client.stopStream();
  }));

Deno.test("a daemon that is busy or not there yet is asked again from the start", () =>
  withTime(async (clock) => {
    const { client, daemon, events, errors } = bench();

    client.startDeviceStream("daq1");
    (await daemon.next()).fail("connection refused");
    await errors.has(1);
    await clock.tickAsync(2_000);
    (await daemon.next()).respond(new Response("starting", { status: 503 }));
    await errors.has(2);
    await clock.tickAsync(4_000);
    (await daemon.next()).stream().send(sample(0));
    await events.has(1);

    assert.equal(client.isRunning(), true);
    await client.stopStream();
  }));

Deno.test("without onError a lost connection and a refusal are told on the console", () =>
  withTime(async (clock) => {
    const logged = new Inbox<unknown>();
    const original = console.error;
    console.error = logged.push;
    try {
      const { client, daemon } = bench({ onError: undefined });
      client.startDeviceStream("daq1");
      (await daemon.next()).fail("connection refused");
      await logged.has(1);
      await clock.tickAsync(1_000);
      (await daemon.next()).json(404, UNKNOWN);
      await logged.has(2);
      await client.stopStream();
    } finally {
      console.error = original;
    }

    assert.equal(
      logged.all[0],
      `Cannot stream ${BASE}/stream/devices/daq1: connection refused; trying again in 1000 ms`,
    );
    assert.ok(logged.all[1] instanceof ServerAPIError);
  }));

Deno.test("leaving the loop over events() closes the connection", async () => {
  const { client, daemon } = bench();
  const serving = daemon.next().then((request) => (request.stream().send(sample(0) + sample(1)), request));

  for await (const { sequence } of client.events("daq1")) {
    assert.equal(sequence, 0);
    break;
  }

  assert.equal((await serving).signal.aborted, true);
});

Deno.test("the loop over events() ends without an error when its signal aborts", async () => {
  const { client, daemon } = bench();
  const stop = new AbortController();
  const seen: unknown[] = [];
  daemon.next().then((request) => request.stream().send(sample(0)));

  for await (const { sequence } of client.events("daq1", { signal: stop.signal })) {
    seen.push(sequence);
    nextTurn().then(() => stop.abort());
  }
  for await (const { sequence } of client.events("daq1", { signal: stop.signal })) seen.push(sequence);

  assert.deepEqual(seen, [0]);
  assert.equal(daemon.requests.length, 1);
});

Deno.test("the loop over events() throws the refusal of a mistyped device", async () => {
  const { client, daemon } = bench();
  daemon.next().then((request) => request.json(404, UNKNOWN));

  await assert.rejects(client.events("dqa1").next(), { name: "ServerAPIError", type: "DeviceNotFound" });
});

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

Deno.test("a program with somebody before it may bound the wait for the next attempt", () =>
  withTime(async (clock) => {
    const daemon = new ScriptedDaemon();
    const errors: (number | undefined)[] = [];
    const client = new SSEClient("http://bench:5000", {
      fetch: daemon.fetch,
      maxRetryMs: 3_000,
      onEvent: () => {},
      onError: (_, retryIn) => errors.push(retryIn),
    });

    client.startDeviceStream("daq1");
    for (let failures = 1; failures <= 4; failures++) {
      (await daemon.next()).fail("connection refused");
      await clock.tickAsync(3_000);
    }

    assert.deepEqual(errors, [1_000, 1_500, 1_500, 1_500]);
    await client.stopStream();
  }));
