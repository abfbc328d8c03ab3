import assert from "node:assert/strict";
import {
  type ReceivedEvent,
  ServerAPI,
  ServerAPIError,
  ServerConnectionError,
  SSEClient,
} from "../../lib/client/mod.ts";
import { Inbox, sample } from "./scripted_daemon.ts";

type Handler = (request: Request) => Response | Promise<Response>;

/** A server on a free port of loopback, closed at the end of the block. */
function serve(handler: Handler) {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {}, onError: () => new Response() },
    handler,
  );
  return { url: `http://127.0.0.1:${server.addr.port}`, [Symbol.asyncDispose]: () => server.shutdown() };
}

/** A body that the test writes, and whether its reader has left. */
function eventStream() {
  const left = Promise.withResolvers<void>();
  let controller: ReadableStreamDefaultController<Uint8Array>;
  const body = new ReadableStream<Uint8Array>({
    start: (given) => void (controller = given),
    cancel: () => left.resolve(),
  });
  return {
    response: new Response(body, { headers: { "content-type": "text/event-stream" } }),
    send: (text: string) => controller.enqueue(new TextEncoder().encode(text)),
    cut: () => controller.error(new Error("cut by the test")),
    left: left.promise,
  };
}

Deno.test("over a real socket, a stream that is cut inside an event resumes and no sample comes twice", async () => {
  const opened = new Inbox<{ lastEventId: string | null; stream: ReturnType<typeof eventStream> }>();
  await using server = serve((request) => {
    const stream = eventStream();
    opened.push({ lastEventId: request.headers.get("last-event-id"), stream });
    return stream.response;
  });
  const events = new Inbox<ReceivedEvent>();
  await using client = new SSEClient(server.url, { onEvent: events.push, onError: () => {} });

  client.startDeviceStream("daq1");
  await opened.has(1);
  const [{ stream: first }] = opened.all;
  first.send("retry: 100\n\n" + sample(0) + sample(1) + sample(2).slice(0, 40));
  await events.has(2);
  first.cut();
  await opened.has(2);
  const [, { stream: second, lastEventId }] = opened.all;
  second.send(sample(2) + sample(3));
  await events.has(4);
  await client.stopStream();
  await second.left;

  assert.equal(lastEventId, "k3f9-1");
  assert.deepEqual(events.all.map(({ sequence }) => sequence), [0, 1, 2, 3]);
});

Deno.test("over a real socket, stopStream() closes a silent connection", async () => {
  const opened = Promise.withResolvers<ReturnType<typeof eventStream>>();
  await using server = serve(() => {
    const stream = eventStream();
    opened.resolve(stream);
    return stream.response;
  });
  const events = new Inbox<ReceivedEvent>();
  const client = new SSEClient(server.url, { onEvent: events.push });

  client.startDeviceStream("daq1");
  const stream = await opened.promise;
  stream.send(sample(0));
  await events.has(1);
  await client.stopStream();

  await stream.left;
  assert.equal(client.isRunning(), false);
});

Deno.test("over a real socket, ServerAPI sends JSON and throws the daemon's error", async () => {
  const context = { issues: [{ path: "params.high", message: "expected a number, found text" }] };
  await using server = serve(async (request) => {
    assert.deepEqual(await request.json(), { device_id: "ü", device_type: "T", params: { high: "x" } });
    const error = { type: "InvalidRequest", message: "Cannot add", origin: "framework", timestamp: "t", context };
    return Response.json({ error }, { status: 400 });
  });

  await assert.rejects(new ServerAPI(server.url).addDevice("ü", "T", { high: "x" }), {
    name: "ServerAPIError",
    status: 400,
    type: "InvalidRequest",
    message: "Cannot add",
    context,
  });
});

Deno.test("an address without a daemon is a ServerConnectionError that names the address", async () => {
  const port = 2; // Below 1024, and no service has it.
  await assert.rejects(new ServerAPI(`http://127.0.0.1:${port}`).health(), (thrown) => {
    assert.ok(thrown instanceof ServerConnectionError && thrown instanceof ServerAPIError);
    assert.deepEqual([thrown.name, thrown.status, thrown.type], ["ServerConnectionError", 0, "ConnectionError"]);
    assert.ok(thrown.message.startsWith(`Cannot GET http://127.0.0.1:${port}/health: `), thrown.message);
    return true;
  });
});
