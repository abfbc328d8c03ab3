import { deepStrictEqual as equal, match, rejects } from "node:assert/strict";
import { connectLines } from "../../lib/driver/mod.ts";
import { type FakeInstrument, fakeInstrument } from "../../lib/testing/mod.ts";
import { until } from "../support/until.ts";

const connect = ({ host: hostname, port }: FakeInstrument) => connectLines({ hostname, port });

/** The answer on a connection of its own. */
async function ask(instrument: FakeInstrument, question: string): Promise<string> {
  using connection = await connect(instrument);
  return await connection.query(question);
}

Deno.test("FakeInstrument answers from a map of texts and functions, and not to other questions", async () => {
  let count = 0;
  await using instrument = fakeInstrument({ answers: { "A?": "1", "COUNT?": () => String(++count) } });
  using connection = await connect(instrument);
  equal(await connection.query("A?"), "1");
  equal(await connection.query("COUNT?"), "1");
  equal(await connection.query("COUNT?"), "2");
  await connection.write("toString");
  await rejects(connection.query("B?", { timeoutMs: 20 }), /no answer within 20 ms/);
  await until("five lines have arrived", () => instrument.received.length >= 5);
  equal(instrument.received, ["A?", "COUNT?", "COUNT?", "toString", "B?"]);
});

Deno.test("FakeInstrument answers from a function, which a test may replace", async () => {
  await using instrument = fakeInstrument({ answers: (question) => question.toLowerCase() });
  using connection = await connect(instrument);
  equal(await connection.query("A?"), "a?");
  instrument.answers = () => Promise.resolve("later");
  equal(await connection.query("A?"), "later");
});

Deno.test("FakeInstrument.delayMs makes a query exceed its limit", async () => {
  await using instrument = fakeInstrument({ answers: { "A?": "1" } });
  using connection = await connect(instrument);
  instrument.delayMs = 1;
  equal(await connection.query("A?"), "1");
  instrument.delayMs = 60_000;
  await rejects(connection.query("A?", { timeoutMs: 20 }), /no answer within 20 ms/);
});

Deno.test("FakeInstrument.garble changes answers until it is undefined", async () => {
  await using instrument = fakeInstrument({ answers: { "A?": "1.25" } });
  using connection = await connect(instrument);
  instrument.garble = (answer) => `${answer.slice(0, 2)}\u0000#`;
  equal(await connection.query("A?"), "1.\u0000#");
  instrument.garble = undefined;
  equal(await connection.query("A?"), "1.25");
});

Deno.test("FakeInstrument.drop() breaks and refuses connections until restore()", async () => {
  await using instrument = fakeInstrument({ answers: { "A?": "1" } });
  using before = await connect(instrument);
  await before.query("A?");
  equal(instrument.connections, 1);
  await instrument.drop();
  await instrument.drop();
  equal(instrument.connections, 0);
  await rejects(before.query("A?"));
  // While another test starts a process, its copy of the listener may still accept a connection, which is then reset.
  await rejects(ask(instrument, "A?"), /refused|reset|closed/);
  await instrument.restore();
  await instrument.restore();
  using after = await connect(instrument);
  equal(await after.query("A?"), "1");
});

Deno.test("FakeInstrument.restore() waits for a port that is still in use, until it is dropped", async () => {
  await using instrument = fakeInstrument({ answers: { "A?": "1" } });
  const { host: hostname, port } = instrument;
  await instrument.drop();
  const other = Deno.listen({ hostname, port });
  const restored = instrument.restore();
  other.close();
  await restored;
  equal(await ask(instrument, "A?"), "1");

  await instrument.drop();
  using _another = Deno.listen({ hostname, port });
  const never = instrument.restore();
  await instrument.drop();
  await never;
});

Deno.test("FakeInstrument.drop() during a delay ends the query", async () => {
  await using instrument = fakeInstrument({ answers: { "A?": "1" } });
  instrument.delayMs = 60_000;
  using connection = await connect(instrument);
  const rejected = rejects(connection.query("A?"), (error: Error) => {
    match(error.message, /it closed the connection|reset/);
    return true;
  });
  await until("the question has arrived", () => instrument.received.length > 0);
  await instrument.drop();
  await rejected;
});

Deno.test("FakeInstrument.send() sends a line on every connection", async () => {
  await using instrument = fakeInstrument({ answers: { "A?": "1" } });
  using one = await connect(instrument);
  using other = await connect(instrument);
  await Promise.all([one.query("A?"), other.query("A?")]);
  await instrument.send("OVERLOAD");
  equal((await one.lines().next()).value, "OVERLOAD");
  equal((await other.lines().next()).value, "OVERLOAD");
});
