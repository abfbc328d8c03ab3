import assert from "node:assert/strict";
import { ServerAPIError } from "../../lib/client/mod.ts";
import { Inbox } from "./scripted_daemon.ts";
import { BASE, bench, UNKNOWN, withTime } from "./client_bench.ts";

Deno.test("an unknown device ends the stream with the daemon's message, and onError may start again", async () => {
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

Deno.test("an answer that is not an event stream ends the stream at once", async () => {
  const { client, daemon, errors } = bench();

  client.startDeviceStream("daq1");
  (await daemon.next()).respond(new Response("<html>", { headers: { "content-type": "text/html" } }));
  await errors.has(1);

  assert.match(
    String(errors.all[0].error),
    /expected text\/event-stream, found text\/html: the answer is not a LabDaemon's, found status 200 "<html>"$/,
  );
  assert.equal(errors.all[0].retryIn, undefined);
  await client.stopStream();
});

Deno.test("without onError a lost connection and a refusal are logged to the console", () =>
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

Deno.test("the loop over events() throws the refusal of an unknown device", async () => {
  const { client, daemon } = bench();
  daemon.next().then((request) => request.json(404, UNKNOWN));

  await assert.rejects(client.events("dqa1").next(), { name: "ServerAPIError", type: "DeviceNotFound" });
});
