import { deepStrictEqual as equal, match, rejects } from "node:assert/strict";
import { connectLines } from "../../lib/driver/mod.ts";
import { type FakeInstrument, fakeInstrument } from "../../lib/testing/mod.ts";

const connect = ({ host: hostname, port }: FakeInstrument) => connectLines({ hostname, port });

Deno.test("a fake instrument answers by a map of texts and functions, and keeps silent about the rest", async () => {
  let count = 0;
  await using instrument = fakeInstrument({ answers: { "A?": "1", "COUNT?": () => String(++count) } });
  using connection = await connect(instrument);
  equal(await connection.query("A?"), "1");
  equal(await connection.query("COUNT?"), "1");
  equal(await connection.query("COUNT?"), "2");
  await connection.write("toString");
  await rejects(connection.query("B?", { timeout: 20 }), /no answer within 20 ms/);
  while (instrument.received.length < 5) await new Promise((resolve) => setImmediate(resolve));
  equal(instrument.received, ["A?", "COUNT?", "COUNT?", "toString", "B?"]);
});

Deno.test("a fake instrument answers by a function, and by another from one moment to the next", async () => {
  await using instrument = fakeInstrument({ answers: (question) => question.toLowerCase() });
  using connection = await connect(instrument);
  equal(await connection.query("A?"), "a?");
  instrument.answers = () => Promise.resolve("later");
  equal(await connection.query("A?"), "later");
});

Deno.test("a fake instrument can be slow: longer than somebody waits", async () => {
  await using instrument = fakeInstrument({ answers: { "A?": "1" } });
  using connection = await connect(instrument);
  instrument.delay = 1;
  equal(await connection.query("A?"), "1");
  instrument.delay = 60_000;
  await rejects(connection.query("A?", { timeout: 20 }), /no answer within 20 ms/);
});

Deno.test("a fake instrument can talk nonsense, and clearly again", async () => {
  await using instrument = fakeInstrument({ answers: { "A?": "1.25" } });
  using connection = await connect(instrument);
  instrument.garble = (answer) => `${answer.slice(0, 2)}\u0000#`;
  equal(await connection.query("A?"), "1.\u0000#");
  instrument.garble = undefined;
  equal(await connection.query("A?"), "1.25");
});

Deno.test("a fake instrument that is dropped breaks its connections, refuses new ones, and comes back", async () => {
  await using instrument = fakeInstrument({ answers: { "A?": "1" } });
  using before = await connect(instrument);
  await before.query("A?");
  equal(instrument.connections, 1);
  await instrument.drop();
  await instrument.drop();
  equal(instrument.connections, 0);
  await rejects(before.query("A?"));
  await rejects(connect(instrument), /Connection refused/);
  instrument.comeBack();
  instrument.comeBack();
  using after = await connect(instrument);
  equal(await after.query("A?"), "1");
});

Deno.test("a fake instrument that is dropped while it thinks lets nobody wait", async () => {
  await using instrument = fakeInstrument({ answers: { "A?": "1" } });
  instrument.delay = 60_000;
  using connection = await connect(instrument);
  const told = rejects(connection.query("A?"), (error: Error) => {
    match(error.message, /it closed the connection|reset/);
    return true;
  });
  while (!instrument.received.length) await new Promise((resolve) => setImmediate(resolve));
  await instrument.drop();
  await told;
});

Deno.test("a fake instrument says what nobody asked for, to everybody", async () => {
  await using instrument = fakeInstrument({ answers: { "A?": "1" } });
  using one = await connect(instrument);
  using other = await connect(instrument);
  await Promise.all([one.query("A?"), other.query("A?")]);
  await instrument.say("OVERLOAD");
  equal((await one.lines().next()).value, "OVERLOAD");
  equal((await other.lines().next()).value, "OVERLOAD");
});
