import { deepStrictEqual as equal, match, rejects } from "node:assert/strict";
import fc from "fast-check";
import { connectLines, type ConnectLinesOptions } from "../../lib/driver/mod.ts";
import { type Answers, type FakeInstrument, fakeInstrument } from "../../lib/testing/mod.ts";
import type { LabError } from "../../lib/errors.ts";
import { until } from "../support/until.ts";

/** A connection to an instrument, and the instrument; both are closed with the test. */
async function connected(answers: Answers = {}, options: Partial<ConnectLinesOptions> = {}) {
  const instrument = fakeInstrument({ answers, newline: "\r\n" });
  const connection = await connectLines({ hostname: instrument.host, port: instrument.port, ...options });
  return {
    instrument,
    connection,
    async [Symbol.asyncDispose]() {
      connection.close();
      await instrument.drop();
    },
  };
}

const place = ({ host, port }: FakeInstrument) => `${host}:${port}`;

Deno.test("query() resolves with the answer, without CR LF, and takes an empty line for an answer", async () => {
  await using it = await connected({ "A?": "1.5", "B?": () => "" });
  equal(await it.connection.query("A?"), "1.5");
  equal(await it.connection.query("B?"), "");
  equal(it.instrument.received, ["A?", "B?"]);
});

Deno.test("queries that are asked at the same time each get their own answer, in the order of asking", async () => {
  await using it = await connected((question) => `to ${question}`);
  const questions = Array.from({ length: 20 }, (_, i) => `Q${i}?`);
  equal(await Promise.all(questions.map((text) => it.connection.query(text))), questions.map((text) => `to ${text}`));
  equal(it.instrument.received, questions);
});

Deno.test("write() sends a line without an answer, between the queries", async () => {
  await using it = await connected({ "A?": "1" });
  await Promise.all([it.connection.query("A?"), it.connection.write("VOLT 3"), it.connection.query("A?")]);
  equal(it.instrument.received, ["A?", "VOLT 3", "A?"]);
});

Deno.test("lines are sent with the given newline", async () => {
  const raw: string[] = [];
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    using peer = await listener.accept();
    const buffer = new Uint8Array(100);
    raw.push(new TextDecoder().decode(buffer.subarray(0, await peer.read(buffer) ?? 0)));
    await peer.write(new TextEncoder().encode("ok\n"));
  })();
  const { hostname, port } = listener.addr;
  using connection = await connectLines({ hostname, port, newline: "\r\n" });
  equal(await connection.query("µ?"), "ok");
  equal(raw, ["µ?\r\n"]);
  await serving;
});

Deno.test("an answer may come in pieces, also cut within a character, and several at once", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const bytes = new TextEncoder().encode("20 °C\none\r\ntwo\n");
  const serving = (async () => {
    using peer = await listener.accept();
    peer.setNoDelay(true);
    for (const piece of [bytes.slice(0, 4), bytes.slice(4, 5), bytes.slice(5)]) {
      await peer.write(piece);
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  const { hostname, port } = listener.addr;
  using connection = await connectLines({ hostname, port });
  const lines = connection.lines();
  equal([(await lines.next()).value, (await lines.next()).value, (await lines.next()).value], ["20 °C", "one", "two"]);
  await serving;
});

Deno.test("connectLines() reports the address that does not answer", async () => {
  await rejects(connectLines({ hostname: "127.0.0.1", port: 1 }), (error: LabError) => {
    equal([error.code, error.type], ["DriverError", "ConnectionRefused"]);
    match(error.message, /^Cannot connect to 127\.0\.0\.1:1: Connection refused/);
    return true;
  });
});

Deno.test("connectLines() rejects when its signal aborts, with the signal's reason", async () => {
  await using instrument = fakeInstrument();
  const reason = new Error("no longer wanted");
  const { host: hostname, port } = instrument;
  await rejects(connectLines({ hostname, port, signal: AbortSignal.abort(reason) }), reason);
});

Deno.test("a query without an answer fails after its limit, with the query and the address", async () => {
  await using it = await connected();
  await rejects(it.connection.query("MEAS?", { timeoutMs: 20 }), {
    code: "DriverError",
    type: "TimeoutError",
    message: `Cannot ask "MEAS?" of ${place(it.instrument)}: no answer within 20 ms`,
  });
});

Deno.test("after a query has failed, no other is sent: a late answer would be taken for the next query's", async () => {
  await using it = await connected({ "B?": "2" });
  const attempt = `of ${place(it.instrument)}`;
  const [first, second] = await Promise.allSettled([
    it.connection.query("A?", { timeoutMs: 20 }),
    it.connection.query("B?"),
  ]);
  equal(first.status, "rejected");
  equal(
    (second as PromiseRejectedResult).reason.message,
    [
      `Cannot ask "B?" ${attempt}: the connection is gone: `,
      `Cannot ask "A?" ${attempt}: no answer within 20 ms`,
    ].join(""),
  );
});

Deno.test("a query whose signal aborts rejects with the signal's reason; one that waited for its turn is not sent", async () => {
  await using it = await connected({ "A?": () => new Promise(() => {}) });
  const [stop, reason] = [new AbortController(), new Error("stopped")];
  const first = it.connection.query("A?", { signal: stop.signal });
  const second = it.connection.query("B?", { signal: stop.signal });
  stop.abort(reason);
  await Promise.all([rejects(first, reason), rejects(second, reason)]);
  equal(it.instrument.received.includes("B?"), false);
});

Deno.test("a query fails with the reason when the other side closes", async () => {
  await using it = await connected({ "A?": () => new Promise(() => {}) });
  const asked = it.connection.query("A?");
  const rejected = rejects(asked, (error: LabError) => {
    match(error.message, RegExp(`^Cannot ask "A\\?" of ${place(it.instrument)}: (it closed the connection|.*reset)`));
    return true;
  });
  await it.instrument.drop();
  await rejected;
});

Deno.test("close() rejects a pending query, and is idempotent", async () => {
  await using it = await connected();
  const asked = it.connection.query("A?");
  const rejected = rejects(asked, { message: `Cannot ask "A?" of ${place(it.instrument)}: it was closed` });
  // The question is on its way before the connection is closed.
  await until("the question has arrived", () => it.instrument.received.length > 0);
  it.connection.close();
  it.connection.close();
  await rejected;
  await rejects(it.connection.write("B"), /Cannot send "B" to .*: the connection is gone: it was closed$/);
});

Deno.test("a line longer than the limit is an error", async () => {
  await using it = await connected({ "A?": "x".repeat(50_000) }, { maxLineBytes: 1_000 });
  await rejects(it.connection.query("A?"), /: its line is longer than 1000 bytes$/);
});

Deno.test("a line of the maximal length is accepted", async () => {
  await using it = await connected({ "A?": "x".repeat(50_000) }, { maxLineBytes: 50_001 });
  equal((await it.connection.query("A?")).length, 50_000);
});

Deno.test("two lines in one are refused before anything is sent, and the connection continues", async () => {
  await using it = await connected({ "A?": "1" });
  await rejects(it.connection.query("A?\nB?"), {
    code: "InvalidRequest",
    message: 'Cannot send "A?\\nB?": it is two lines',
  });
  equal(await it.connection.query("A?"), "1");
});

Deno.test("lines() yields lines without a query; after its signal aborts, no line is lost", async () => {
  await using it = await connected({ "A?": "1" });
  // The instrument knows of the connection once it has answered.
  await it.connection.query("A?");
  const stop = new AbortController();
  const lines = it.connection.lines(stop.signal);
  await it.instrument.send("first");
  equal(await lines.next(), { value: "first", done: false });
  const waiting = lines.next();
  stop.abort();
  equal(await waiting, { value: undefined, done: true });
  await it.instrument.send("second");
  for await (const line of it.connection.lines()) {
    equal(line, "second");
    break;
  }
  equal(await it.connection.query("A?"), "1");
});

Deno.test("lines() throws when the connection breaks", async () => {
  await using it = await connected();
  const waiting = it.connection.lines().next();
  const rejected = rejects(waiting, RegExp(`^LabError: Cannot read from ${place(it.instrument)}: `));
  await it.instrument.drop();
  await rejected;
});

Deno.test("a peer that closes after each command gets a connection for each", async () => {
  await using instrument = fakeInstrument({ answers: { "A?": "1" }, acknowledge: "OK", closesAfterEach: true });
  const { host: hostname, port } = instrument;
  using connection = await connectLines({ hostname, port, connectEach: true });
  for (let i = 0; i < 3; i++) equal(await connection.query("A?"), "1");
  equal(await connection.command("GO"), "OK");
  await connection.write("STOP");
  equal(await connection.query("A?"), "1");
  equal(instrument.received, ["A?", "A?", "A?", "GO", "STOP", "A?"]);
});

Deno.test("a peer that closes after each command and is gone ends the connection at the next one", async () => {
  const instrument = fakeInstrument({ answers: { "A?": "1" }, closesAfterEach: true });
  const { host: hostname, port } = instrument;
  using connection = await connectLines({ hostname, port, connectEach: true });
  equal(await connection.query("A?"), "1");
  await instrument.drop();
  await rejects(connection.query("A?"), /Cannot ask "A\?"|Cannot connect to/);
  await connection.lost;
});

Deno.test("an instrument that takes one connection only is suspected where it closes the second one at once", async () => {
  await using instrument = fakeInstrument({ answers: { "A?": "1" }, maxConnections: 1 });
  const { host: hostname, port } = instrument;
  using first = await connectLines({ hostname, port });
  equal(await first.query("A?"), "1");
  using second = await connectLines({ hostname, port });
  const { message } = await second.lost;
  match(message, /it closed the connection before it sent anything; it may accept one connection only$/);
});

Deno.test("a connection is lost at once when the peer closes it while it is idle; a write fails then", async () => {
  await using it = await connected({ "A?": "1" });
  equal(await it.connection.query("A?"), "1");
  await it.instrument.drop();
  match((await it.connection.lost).message, /^The connection to .* is lost: (it closed the connection|.*reset)/);
  await rejects(it.connection.write("VOLT 1"), /^LabError: Cannot send "VOLT 1" to .*: the connection is gone: /);
});

Deno.test("a greeting, an echo, acknowledgements and blank lines leave the connection in step", async () => {
  const answers = { "A?": "1.5", "B?": "2.5" };
  const options = { answers, greeting: "ACME ready", acknowledge: "OK", echo: true, blankLines: true };
  await using instrument = fakeInstrument(options);
  const { host: hostname, port } = instrument;
  using connection = await connectLines({ hostname, port, banner: /ready$/, echo: true, skipBlank: true });
  for (let i = 0; i < 5; i++) {
    equal(await connection.query("A?"), "1.5");
    equal(await connection.command("VOLT 3"), "OK");
    equal(await connection.query("B?"), "2.5");
  }
});

Deno.test("a block of 5 MB arrives whole", async () => {
  const data = new Uint8Array(5_000_000).map((_, i) => i % 251);
  const block = new Uint8Array([...new TextEncoder().encode("#75000000"), ...data, 10]);
  await using it = await connected((question) => question === "CURV?" ? block : "1");
  const received = await it.connection.queryBlock("CURV?");
  equal(received.length, data.length);
  equal(received.every((byte, i) => byte === i % 251), true);
  equal(await it.connection.query("A?"), "1");
});

Deno.test("answers of the fake, cut at random places, are whole and in step", async () => {
  await using it = await connected((question) => `${question} é`);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(20), { maxLength: 8 }), fc.nat(1e6), async (cuts, number) => {
      it.instrument.cut = (bytes) => {
        const places = [0, ...cuts.map((cut) => cut % bytes.length).sort((a, b) => a - b), bytes.length];
        return places.slice(1).map((to, i) => bytes.slice(places[i], to)).filter(({ length }) => length > 0);
      };
      equal(await it.connection.query(`${number}?`), `${number}? é`);
    }),
    { numRuns: 50 },
  );
});
