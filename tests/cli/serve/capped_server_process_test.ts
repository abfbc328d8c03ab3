/** Real sockets to a server that accepts its connections itself. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { CappedServer, connectionServer } from "../../../lib/cli/serve/listening/capped_server.ts";
import { Connections } from "../../../lib/cli/serve/listening/connections.ts";
import { type EndSockets, socketEnder } from "../../../lib/cli/serve/listening/end_sockets.ts";
import { Handshakes } from "../../../lib/cli/serve/listening/handshakes.ts";
import type { Peer } from "../../../lib/http/access/peer.ts";
import { makeCertificates } from "../../support/certificates.ts";
import { fakeTime } from "../../support/time.ts";
import { until, within } from "../../support/until.ts";
import { webBench } from "../../support/web_bench.ts";

const encoder = new TextEncoder();

const OF_NO_DRIVER = { serve: connectionServer()!, isOfDriver: () => undefined };

/** A server on a free port. */
function serveCapped(
  all: number,
  ofClient: number,
  answer: (request: Request, peer: Peer) => Response | Promise<Response>,
  certificate?: { cert: string; key: string; endSockets?: EndSockets },
) {
  const connections = new Connections({ all, ofClient });
  const place = { hostname: "127.0.0.1", port: 0 };
  const listener = certificate ? Deno.listenTls({ ...place, ...certificate }) : Deno.listen(place);
  const handshakes = certificate && new Handshakes(all, certificate.endSockets);
  const server = new CappedServer({ ...{ listener, connections, answer, handshakes }, ...OF_NO_DRIVER });
  const { port } = server.addr;
  return {
    connections,
    server,
    port,
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      connections.stop();
      await server.shutdown();
    },
  };
}

/** A connection that sends a text. */
async function connect(port: number, text = ""): Promise<Deno.TcpConn> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(encoder.encode(text));
  return connection;
}

/** All that a connection sends until it ends, in whatever way. */
function readToEnd(connection: Deno.TcpConn): Promise<string> {
  const text = new Response(connection.readable).text().catch(({ name }: Error) => `ended by ${name}`);
  return within(text, () => "the connection has no end");
}

/** Asks on a connection of its own, which the server closes. */
async function ask(port: number, path = "/health"): Promise<string> {
  const connection = await connect(port, `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
  return await readToEnd(connection);
}

Deno.test("this version of Deno serves single connections", () => ok(connectionServer()));

Deno.test("idle connections beyond the limit are closed for new ones, and a stream loses nothing", async () => {
  await using bench = await webBench();
  await bench.device.connect();
  await using it = serveCapped(20, 20, bench.app.fetch);
  const response = await fetch(`${it.url}/stream/devices/daq1`);
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  // Each of them is silent, or never ends its head.
  const idle = await Promise.all(
    Array.from({ length: 60 }, (_, i) => connect(it.port, i % 2 ? "GET /health HTTP/1.1\r\nX-A: " : "")),
  );
  const health = await fetch(`${it.url}/health`);
  equal([health.status, (await health.json()).status], [200, "healthy"]);
  ok(it.connections.count <= 20);
  await readToEnd(idle[0]);
  bench.instrument.push("still here");
  let text = "";
  while (!text.includes("still here")) text += (await within(reader.read(), () => text)).value;
  await reader.cancel();
  for (const connection of idle.slice(1)) connection.close();
});

Deno.test("a client whose connections all have a stream is refused with 429, and others with 503 when the daemon is full", async () => {
  await using bench = await webBench();
  for (
    const [all, ofClient, refusal] of [[10, 2, /^HTTP\/1.1 429 .*"TooManyRequests"/s], [
      2,
      10,
      /^HTTP\/1.1 503 .*"Unavailable"/s,
    ]] as const
  ) {
    await using it = serveCapped(all, ofClient, bench.app.fetch);
    const streams = await Promise.all([1, 2].map(() => fetch(`${it.url}/stream?devices=*`)));
    const text = await ask(it.port);
    match(text, refusal);
    match(text, /retry-after: 5\r\n/i);
    for (const { body } of streams) await body!.cancel();
  }
});

Deno.test("a head that takes longer than 30 s is ended, and so is a connection that was idle for 3 min", async () => {
  using time = fakeTime();
  await using it = serveCapped(10, 10, () => new Response("hello"));
  const slow = await connect(it.port, "GET / HTTP/1.1\r\nHost: ");
  const used = await connect(it.port, "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  const first = new Uint8Array(1_000);
  match(new TextDecoder().decode(first.subarray(0, await used.read(first) ?? 0)), /^HTTP\/1.1 200/);
  await until("two connections", () => it.connections.count === 2);
  await time.tick(32_000);
  await readToEnd(slow);
  equal(it.connections.count, 1);
  await time.tick(182_000);
  await readToEnd(used);
  equal(it.connections.count, 0);
});

Deno.test("clients that reset their connections before they are accepted delay no other, and do not end the listener", async () => {
  // A pause would have no end.
  using _ = fakeTime();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accept = listener.accept.bind(listener);
  let accepts = 0;
  listener.accept = () => ++accepts <= 1_000 ? Promise.reject(new Deno.errors.NotConnected("not connected")) : accept();
  const connections = new Connections({ all: 10, ofClient: 10 });
  const answer = () => new Response("hello");
  const server = new CappedServer({ ...{ listener, connections, answer }, ...OF_NO_DRIVER });
  const response = await within(fetch(`http://127.0.0.1:${server.addr.port}`), () => "no answer");
  equal([await response.text(), accepts > 1_000], ["hello", true]);
  connections.stop();
  await server.shutdown();
});

Deno.test("a shutdown frees the port at once, and ends with the last request", async () => {
  const answered = Promise.withResolvers<Response>();
  const it = serveCapped(10, 10, () => answered.promise);
  const asked = fetch(it.url);
  await until("one connection", () => it.connections.count === 1);
  const idle = await connect(it.port);
  const ended = it[Symbol.asyncDispose]();
  await it.server.finished;
  // A program that another test starts at this moment has the listener, too, until it runs.
  await until("the port is free", () => canListen(it.port));
  await readToEnd(idle);
  answered.resolve(new Response("last"));
  equal(await (await asked).text(), "last");
  await ended;
});

function canListen(port: number): boolean {
  try {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return false;
    throw error;
  }
}

const endSockets = socketEnder();

/** A server with a certificate, a stream at `/stream`, and a client that trusts it. */
async function serveTls(all: number, endSockets: EndSockets | undefined) {
  const folder = await Deno.makeTempDir({ prefix: "labdaemon-test-" });
  await makeCertificates(folder);
  const [cert, key, ca] = await Promise.all(
    ["cert.pem", "key.pem", "ca.pem"].map((name) => Deno.readTextFile(`${folder}/${name}`)),
  );
  await Deno.remove(folder, { recursive: true });
  let push = (_text: string) => {};
  const stream = () => new ReadableStream({ start: (it) => void (push = (text) => it.enqueue(encoder.encode(text))) });
  const answer = ({ url }: Request) => new Response(url.endsWith("/stream") ? stream() : "hello");
  const it = serveCapped(all, all, answer, { cert, key, endSockets });
  const client = Deno.createHttpClient({ caCerts: [ca], http2: false });
  const url = `https://127.0.0.1:${it.port}`;
  const reader = (await fetch(`${url}/stream`, { client })).body!.getReader();
  return {
    port: it.port,
    ask: async () => await (await fetch(url, { client })).text(),
    assertStreams: async () => {
      push("still here");
      equal(new TextDecoder().decode((await within(reader.read(), () => "no sample")).value), "still here");
    },
    async [Symbol.asyncDispose]() {
      await reader.cancel();
      client.close();
      await it[Symbol.asyncDispose]();
    },
  };
}

Deno.test("of TLS handshakes that never end, the oldest make room for others, and each is ended after ten seconds; streams go on", async () => {
  using time = fakeTime();
  await using it = await serveTls(8, endSockets);
  const silent = await Promise.all(Array.from({ length: 20 }, (_, i) => connect(it.port, i % 2 ? "\x16\x03\x01" : "")));
  equal(await within(it.ask(), () => "no answer"), "hello");
  await it.assertStreams();
  const last = await connect(it.port);
  let hasEnded = false;
  Promise.all([...silent, last].map(readToEnd)).then(() => hasEnded = true);
  await until("all have ended", async () => (await time.tick(1_000), hasEnded));
  await it.assertStreams();
});

Deno.test("where the daemon may not end TLS handshakes, they take no more than their part, and others are served when one ends", async () => {
  await using it = await serveTls(8, undefined);
  // Deno keeps such a connection until its client closes it.
  const silent = await Promise.all(Array.from({ length: 20 }, () => connect(it.port, "\x16\x03\x01")));
  let isAnswered = false;
  const asked = it.ask().finally(() => isAnswered = true);
  await it.assertStreams();
  equal(isAnswered, false);
  for (const connection of silent) connection.close();
  equal(await within(asked, () => "no answer"), "hello");
});
