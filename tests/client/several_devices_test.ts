import assert from "node:assert/strict";
import { type ReceivedEvent, SSEClient, type StreamEvent } from "../../lib/client/mod.ts";
import { fakeTime } from "../support/time.ts";
import { Inbox, ScriptedDaemon } from "./scripted_daemon.ts";

const BASE = "http://bench:5000";

/** A sample as the daemon writes it on a stream of several devices. */
function sampleOf(device_id: string, sequence: number, id: string): string {
  const data: StreamEvent = { event: "device_data", device_id, sequence, timestamp: "t", payload: sequence };
  return `id: ${id}\nevent: device_data\ndata: ${JSON.stringify(data)}\n\n`;
}

function bench() {
  const daemon = new ScriptedDaemon();
  const events = new Inbox<ReceivedEvent>();
  const errors = new Inbox<unknown>();
  const client = new SSEClient(BASE, { fetch: daemon.fetch, onEvent: events.push, onError: errors.push });
  return { daemon, events, errors, client };
}

Deno.test("several devices come on one connection, each event saying whose it is", async () => {
  const { daemon, events, client } = bench();

  client.startDeviceStream(["daq1", "host1"], { max_rate: 4, thin: "minmax" });
  const request = await daemon.next();
  request.stream().send(sampleOf("daq1", 7, "k3f9;host1:1;daq1:7") + sampleOf("host1", 2, "k3f9;daq1:7;host1:2"));
  await events.has(2);

  assert.equal(request.url.pathname, "/stream");
  assert.deepEqual([...request.url.searchParams], [["devices", "daq1,host1"], ["max_rate", "4"], ["thin", "minmax"]]);
  assert.deepEqual(events.all.map(({ device_id, sequence }) => [device_id, sequence]), [["daq1", 7], ["host1", 2]]);
  assert.equal(client.lastEventId, "k3f9;daq1:7;host1:2");
  assert.equal(daemon.requests.length, 1);
  await client.stopStream();
});

Deno.test("a lost stream of several devices resumes each where it was", async () => {
  using time = fakeTime();
  const { daemon, events, errors, client } = bench();

  client.startDeviceStream(["daq1", "host1"]);
  const first = (await daemon.next()).stream();
  first.send(sampleOf("daq1", 7, "k3f9;host1:1;daq1:7"));
  await events.has(1);
  first.cut();
  await errors.has(1);
  await time.tick(2_000);
  const again = await daemon.next();
  again.stream().send(sampleOf("host1", 2, "k3f9;daq1:7;host1:2"));
  await events.has(2);

  assert.equal(again.url.searchParams.get("devices"), "daq1,host1");
  assert.equal(again.headers.get("last-event-id"), "k3f9;host1:1;daq1:7");
  await client.stopStream();
});

Deno.test("a star asks for all devices, and only in a list: a text is one device's id", async () => {
  const { daemon, client } = bench();

  client.startDeviceStream(["*"]);
  assert.equal((await daemon.next()).url.searchParams.get("devices"), "*");
  await client.stopStream();
  client.startDeviceStream("*");
  assert.equal((await daemon.next()).url.pathname, "/stream/devices/*");
  await client.stopStream();
});

Deno.test("a second start for the same devices changes nothing, one for others is refused", async () => {
  const { daemon, client } = bench();

  client.startDeviceStream(["daq1", "host1"]);
  client.startDeviceStream(["daq1", "host1"]);
  assert.throws(() => client.startDeviceStream(["daq1"]), /this client follows "daq1,host1"/);

  await daemon.next();
  assert.equal(daemon.requests.length, 1);
  await client.stopStream();
});

Deno.test("the loop over the events of several devices throws the refusal of a mistyped one", async () => {
  const { daemon, client } = bench();
  const loop = client.events(["daq1", "daq9"]).next();
  const error = { type: "DeviceNotFound", message: "Cannot find", origin: "framework", timestamp: "t", context: {} };

  (await daemon.next()).json(404, { error });

  await assert.rejects(loop, { type: "DeviceNotFound", status: 404 });
});
