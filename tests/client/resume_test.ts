import assert from "node:assert/strict";
import { ServerConnectionError, SSEClient } from "../../lib/client/mod.ts";
import { sample, ScriptedDaemon } from "./scripted_daemon.ts";
import { bench, sequences, STATE, UNKNOWN, withTime } from "./client_bench.ts";

Deno.test("a stream that is cut inside an event resumes after the last complete one", () =>
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

Deno.test("a stream resumes after an id from a block without data", () =>
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

Deno.test("the server's retry is the first delay, and it doubles up to 30 s without an answer", () =>
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

Deno.test("the backoff restarts after a connection that delivered events", () =>
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

Deno.test("a server that sends retry: 0 is not asked in a tight loop", () =>
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

Deno.test("a connection that is silent for 45 s is closed; keep-alives keep it open", () =>
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

Deno.test("a request without an answer is closed after 45 s", () =>
  withTime(async (clock) => {
    const { client, daemon, errors } = bench();

    client.startDeviceStream("daq1");
    const request = await daemon.next();
    await clock.tickAsync(45_000);
    await errors.has(1);

    assert.equal(request.signal.aborted, true);
    await client.stopStream();
  }));

Deno.test("a device that a restarted daemon does not know yet is requested again", () =>
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

Deno.test("a daemon that is busy or not started yet is asked again", () =>
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

Deno.test("maxRetryMs bounds the wait for a reconnect", () =>
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

Deno.test("onOpen is called at each connect and reconnect, and not for a refusal", () =>
  withTime(async (clock) => {
    let opened = 0;
    const { client, daemon, events, errors } = bench({ onOpen: () => opened++ });

    client.startDeviceStream("daq1");
    const stream = (await daemon.next()).stream();
    stream.send(sample(0));
    await events.has(1);
    assert.equal(opened, 1);
    stream.cut();
    await errors.has(1);
    await clock.tickAsync(2_000);
    (await daemon.next()).json(503, {});
    await errors.has(2);
    assert.equal(opened, 1);
    await clock.tickAsync(2_000);
    (await daemon.next()).stream().send(sample(1));
    await events.has(2);

    assert.equal(opened, 2);
    await client.stopStream();
  }));
