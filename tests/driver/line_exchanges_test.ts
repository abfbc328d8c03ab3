import { deepStrictEqual as equal, match, ok, rejects, throws } from "node:assert/strict";
import fc from "fast-check";
import { LineConnection, type LineOptions, openLines, toFloat32 } from "../../lib/driver/mod.ts";
import { DuplexPeer } from "../support/duplex.ts";
import { fakeTime } from "../support/time.ts";

/** A line connection to a peer of the test. */
function connected(options: LineOptions = {}, answers: Record<string, string | Uint8Array> = {}) {
  const peer = new DuplexPeer();
  const connection = new LineConnection(peer.connect(), options);
  peer.onReceive = (text) => Object.hasOwn(answers, text) && peer.send(answers[text]);
  return { peer, connection, [Symbol.dispose]: () => connection.close() };
}

const bytes = (...parts: (string | number[])[]) =>
  new Uint8Array(parts.flatMap((part) => typeof part === "string" ? [...new TextEncoder().encode(part)] : part));

/** Resolves when everything that was sent has been received. */
const arrived = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

Deno.test("lines end with CR, CR LF, or any other text", async () => {
  for (const terminator of ["\n", "\r", "\r\n", ";", "\r\n> "]) {
    using it = connected({ terminator }, { [`A?${terminator}`]: `1.5${terminator}` });
    equal(await it.connection.query("A?"), "1.5", JSON.stringify(terminator));
  }
  using it = connected({ terminator: "\r", receivedTerminator: "\n" }, { "A?\r": "1.5\r\n" });
  equal(await it.connection.query("A?"), "1.5");
});

Deno.test("a line without an end is complete after a pause", async () => {
  using time = fakeTime();
  using it = connected({ terminator: "", receivedTerminator: { idleMs: 20 } });
  const answer = it.connection.query("A?");
  await time.tick(0);
  it.peer.send("1.");
  await time.tick(19);
  it.peer.send("5");
  await time.tick(19);
  equal(await Promise.race([answer, "pending"]), "pending");
  await time.tick(1);
  equal(await answer, "1.5");
});

Deno.test("a line of a fixed length needs no end", async () => {
  using it = connected({ terminator: "\r", receivedTerminator: { bytes: 4 } }, { "A?\r": "+1.5", "B?\r": "-2.5" });
  equal([await it.connection.query("A?"), await it.connection.query("B?")], ["+1.5", "-2.5"]);
});

Deno.test("latin1 and ascii decode each byte; what they cannot say is refused and quoted", async () => {
  using latin = connected({ encoding: "latin1" }, { "\xb5?\n": bytes([0xb0, 0x43, 0x80, 10]) });
  equal(await latin.connection.query("µ?"), "°C\x80");
  await rejects(latin.connection.query("Ω?"), { code: "InvalidRequest", message: /latin1 has no Ω/ });

  using ascii = connected({ encoding: "ascii" }, { "A?\n": bytes("2", [0xb0], "\n"), "B?\n": "1\n" });
  await rejects(ascii.connection.query("A?"), {
    type: "WrongEncoding",
    message: 'Cannot ask "A?" of meter: it sent what is no ascii: the bytes 32 b0 (2 in all)',
  });
  equal(await ascii.connection.query("B?"), "1", "the connection is still in step");

  using utf8 = connected({}, { "A?\n": bytes("2", [0xb0], "\n") });
  await rejects(utf8.connection.query("A?"), /no utf-8: the bytes 32 b0/);
});

Deno.test("what came before a query is discarded and counted; the answer is what came after it", async () => {
  using it = connected({}, { "A?\n": "1\n" });
  it.peer.send("late\n");
  it.peer.send("and la");
  await arrived();
  const answer = it.connection.query("A?");
  it.peer.send("ter\n");
  equal(await answer, "1");
  equal(it.connection.unsolicited, 2);
});

Deno.test("the beginning of a line whose end does not come does not become the answer", async () => {
  using it = connected({}, { "A?\n": "1\n" });
  it.peer.send("ready> ");
  equal(await it.connection.query("A?"), "1");
  equal(it.connection.unsolicited, 1);
});

Deno.test("a second answer to a question is not the answer to the next", async () => {
  using it = connected({}, { "A?\n": "1\n1\n", "B?\n": "2\n" });
  equal([await it.connection.query("A?"), await it.connection.query("B?")], ["1", "2"]);
  equal(it.connection.unsolicited, 1);
});

Deno.test("onUnsolicited gets what came unasked, also while no read is pending, and lines that match", async () => {
  const lines: string[] = [];
  using it = connected({ onUnsolicited: (line) => lines.push(line), unsolicited: /^!/ }, { "A?\n": "!warm\n1\n" });
  it.peer.send("!cold\n");
  await arrived();
  equal(lines, ["!cold"]);
  equal(await it.connection.query("A?"), "1");
  equal([lines, it.connection.unsolicited], [["!cold", "!warm"], 2]);
});

Deno.test("lines() goes on during queries: the line after a query is its answer, those before it are yielded", async () => {
  using it = connected({}, { "A?\n": "1\n" });
  const lines = it.connection.lines();
  const first = lines.next();
  it.peer.send("x\n");
  equal((await first).value, "x");
  it.peer.send("y\nz\n");
  await arrived();
  equal(await it.connection.query("A?"), "1");
  equal([(await lines.next()).value, (await lines.next()).value], ["y", "z"]);
  equal(it.connection.unsolicited, 0);
  await lines.return();
});

Deno.test("lines() fails after 30 s of silence, which is a lost connection", async () => {
  using time = fakeTime();
  using it = connected();
  const waiting = it.connection.lines().next();
  waiting.catch(() => {});
  await time.tick(20_000);
  it.peer.send("1");
  await time.tick(29_999);
  equal(await Promise.race([waiting, "pending"]), "pending");
  await time.tick(1);
  const message = 'Cannot read from meter: nothing has come for 30 s; "1" came and is not complete';
  await rejects(waiting, { message });
  equal((await it.connection.lost).message, message);
});

Deno.test("lines() can drop the first line, and blank ones", async () => {
  using it = connected({ skipBlank: true });
  const lines = it.connection.lines(undefined, { skipFirst: true });
  it.peer.send("5\n\n1.5\n");
  equal((await lines.next()).value, "1.5");
  await lines.return();
});

Deno.test("lines that wait for lines() are bounded; the older ones are discarded and counted", async () => {
  using it = connected();
  for (let i = 0; i < 30; i++) it.peer.send(`${i}`.padEnd(4095) + "\n");
  await arrived();
  const dropped = it.connection.unsolicited;
  equal(dropped, 14);
  const lines = it.connection.lines();
  equal(Number((await lines.next()).value), dropped);
  await lines.return();
  equal(it.connection.discard(), 29 - dropped);
});

Deno.test("command() resolves with the acknowledgement, and quotes another answer; the connection stays open", async () => {
  using it = connected({}, { "GO\n": "OK\n", "MOVE\n": "E12\n", "STOP\n": "OK 5\n" });
  equal(await it.connection.command("GO"), "OK");
  equal(await it.connection.command("STOP", /^OK (\d+)$/), "OK 5");
  await rejects(it.connection.command("MOVE"), {
    type: "NotAcknowledged",
    message: 'Cannot send "MOVE" to meter: expected "OK", found "E12"',
  });
  equal(await it.connection.command("GO"), "OK");
});

Deno.test("an echo is checked and is no answer", async () => {
  using it = connected({ echo: true }, { "A?\n": "A?\r\n1\r\n", "V 1\n": "V 1\r\n", "B?\n": "X?\n" });
  equal(await it.connection.query("A?"), "1");
  await it.connection.write("V 1");
  await rejects(it.connection.query("B?"), /expected its echo "B\?", found "X\?"$/);
  await rejects(it.connection.query("A?"), /the connection is gone/);
});

Deno.test("a checksum is added to what is sent and checked in what comes", async () => {
  const sum = (text: string) => [...text].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 256;
  const checksum = {
    add: (line: string) => `${line}*${sum(line)}`,
    check: (line: string) => {
      const [text, found] = line.split("*");
      if (Number(found) !== sum(text)) throw new Error(`its checksum is ${sum(text)}`);
      return text;
    },
  };
  using it = connected({ checksum }, { [`A?*${sum("A?")}\n`]: `1.5*${sum("1.5")}\n`, [`B?*${sum("B?")}\n`]: "2*7\n" });
  equal(await it.connection.query("A?"), "1.5");
  await rejects(it.connection.query("B?"), {
    type: "ChecksumError",
    message: 'Cannot ask "B?" of meter: Cannot trust "2*7": its checksum is 50',
  });
});

Deno.test("delayMs passes between an exchange and the next", async () => {
  using time = fakeTime();
  using it = connected({ delayMs: 50 }, { "A?\n": "1\n" });
  const both = [it.connection.query("A?"), it.connection.query("A?")];
  await time.tick(0);
  await time.tick(49);
  equal(it.peer.received, "A?\n");
  await time.tick(1);
  equal(await Promise.all(both), ["1", "1"]);
});

Deno.test("a time-out quotes what did come, and a late answer is not the next question's", async () => {
  using time = fakeTime();
  using it = connected();
  const asked = it.connection.query("A?");
  asked.catch(() => {});
  await time.tick(10);
  it.peer.send("1.25\r");
  await time.tick(5_000);
  await rejects(asked, {
    type: "TimeoutError",
    message: 'Cannot ask "A?" of meter: no answer within 5000 ms; "1.25\\r" came and is not complete',
  });
  await rejects(it.connection.query("B?"), /Cannot ask "B\?" of meter: the connection is gone: Cannot ask "A\?"/);
});

Deno.test("a query that is given up is still in its turn: the next one does not get its answer", async () => {
  using it = connected();
  const stop = new AbortController();
  const first = it.connection.query("A?", { signal: stop.signal });
  await arrived();
  stop.abort(new Error("stopped"));
  await rejects(first, { message: "stopped" });
  const second = it.connection.query("B?");
  it.peer.onReceive = () => it.peer.send("2\n");
  it.peer.send("1\n");
  equal(await second, "2");
});

Deno.test("keepAlive asks when nothing was exchanged, and its failure is a lost connection", async () => {
  using time = fakeTime();
  using it = connected({ keepAlive: { query: "*OPC?", everyMs: 10_000 }, timeoutMs: 2_000 });
  await time.tick(10_000);
  equal(it.peer.received, "*OPC?\n");
  it.peer.send("1\n");
  await time.tick(5_000);
  const asked = it.connection.query("A?");
  await time.tick(0);
  it.peer.send("1\n");
  equal(await asked, "1");
  await time.tick(5_000);
  equal(it.peer.received, "*OPC?\nA?\n");
  await time.tick(10_000);
  equal(it.peer.received, "*OPC?\nA?\n*OPC?\n");
  await time.tick(2_010);
  match((await it.connection.lost).message, /Cannot ask "\*OPC\?" of meter: no answer within 2000 ms/);
  equal(time.timers, 0);
});

Deno.test("queryBlock() reads definite blocks, with line ends within the data, and what follows is in step", async () => {
  const block = bytes("#15", [10, 0, 255, 10, 35], "\n");
  using it = connected({}, { "CURV?\n": block, "A?\n": "1\n" });
  equal(await it.connection.queryBlock("CURV?"), new Uint8Array([10, 0, 255, 10, 35]));
  equal(await it.connection.query("A?"), "1");
  equal(it.connection.unsolicited, 0);
});

Deno.test("queryBlock() reads blocks without a line end, empty ones, and indefinite ones", async () => {
  using it = connected({}, { "A?\n": "#12ab", "B?\n": "#10\r\n", "C?\n": bytes("#0a", [10], "b\n") });
  equal(await it.connection.queryBlock("A?", { terminated: false }), bytes("ab"));
  equal(await it.connection.queryBlock("B?"), bytes());
  equal(await it.connection.queryBlock("C?"), bytes("a", [10], "b"));
});

Deno.test("queryBlock() reports the text that came instead, and blocks that are too long", async () => {
  using it = connected({}, { "A?\n": '-113,"Undefined header"\n', "B?\n": "#15abcde\n", "C?\n": "#9999999999" });
  await rejects(it.connection.queryBlock("A?"), {
    type: "NoBlock",
    message: 'Cannot ask "A?" of meter: expected a binary block, found "-113,\\"Undefined header\\""',
  });
  equal(await it.connection.queryBlock("B?"), bytes("abcde"));
  await rejects(it.connection.queryBlock("C?"), /its block has 999999999 bytes, and 67108864 are allowed/);
});

Deno.test("toFloat32() reads both orders of bytes, and refuses a rest", () => {
  const little = new Uint8Array(new Float32Array([1.5, -2, NaN]).buffer);
  equal([...toFloat32(little, "little")], [1.5, -2, NaN]);
  equal([...toFloat32(little.slice(0, 4).reverse(), "big")], [1.5]);
  throws(() => toFloat32(little.subarray(1), "big"), /11 bytes are no multiple of 4/);
});

Deno.test("queryBytes() sends bytes and waits for as many as asked", async () => {
  using it = connected({}, { "\x01\x02": bytes([1, 2, 3]), "R\n": bytes([9, 2, 7, 7]) });
  equal(await it.connection.queryBytes(bytes([1, 2]), 3), bytes([1, 2, 3]));
  equal(await it.connection.queryBytes("R", (got) => got.length >= 2 ? 2 + got[1] : undefined), bytes([9, 2, 7, 7]));
  await rejects(it.connection.queryBytes(bytes([7]), 1, { timeoutMs: 1 }), /Cannot ask the bytes 07 \(1 in all\) of/);
});

Deno.test("openLines() waits for the banner, and discards what comes while the instrument settles", async () => {
  using time = fakeTime();
  const peer = new DuplexPeer();
  const opening = openLines(peer.connect(), { settleMs: 2_000, banner: /ready$/ });
  peer.send("garbage ready\n");
  await time.tick(1_999);
  peer.send("\0\0");
  await time.tick(1);
  peer.send("boot 1.0\n");
  await time.tick(1);
  equal(await Promise.race([opening, "pending"]), "pending");
  peer.send("instrument ready\n");
  (await opening).close();
});

Deno.test("openLines() reports the banner that did not come, and closes the connection", async () => {
  using time = fakeTime();
  const peer = new DuplexPeer();
  const opening = openLines(peer.connect(), { banner: "ready", timeoutMs: 100 });
  opening.catch(() => {});
  await time.tick(100);
  await rejects(opening, { message: "Cannot connect to meter: the banner ready did not come within 100 ms" });
  ok(peer.isClosed);
});

Deno.test("any answer, cut anywhere, with any end, is the answer to its own question", async () => {
  const end = fc.constantFrom("\n", "\r", "\r\n", ";;");
  const answer = fc.string({ unit: fc.constantFrom(..."0123456789.eE+-°µ ,"), maxLength: 12 });
  const noise = fc.option(answer, { nil: undefined });
  const exchange = fc.record({ answer, noise, cuts: fc.array(fc.nat(30), { maxLength: 6 }) });
  await fc.assert(
    fc.asyncProperty(end, fc.array(exchange, { maxLength: 5 }), async (terminator, exchanges) => {
      using it = connected({ terminator });
      for (const { answer, noise, cuts } of exchanges) {
        if (noise !== undefined) {
          it.peer.send(noise + terminator);
          await arrived();
        }
        it.peer.onReceive = () => {
          const whole = bytes(answer + terminator);
          const places = [0, ...cuts.map((cut) => cut % whole.length).sort((a, b) => a - b), whole.length];
          places.slice(1).forEach((to, i) => it.peer.send(whole.slice(places[i], to)));
        };
        equal(await it.connection.query("A?"), answer);
      }
      equal(it.connection.unsolicited, exchanges.filter(({ noise }) => noise !== undefined).length);
    }),
    { numRuns: 200 },
  );
});

Deno.test("a peer that floods leaves the process its turns, whatever the driver does with the lines", async () => {
  using it = connected();
  const lines = 500_000;
  it.peer.send("x\n".repeat(lines));
  await arrived();
  const stop = new AbortController();
  // A timer ends the loop, long before the lines that are here already end.
  setTimeout(() => stop.abort(), 0);
  let taken = 0;
  for await (const _ of it.connection.lines(stop.signal)) taken++;
  ok(taken > 0 && taken < lines, `${taken}`);
});

Deno.test("a query beside a reader of lines leaves it what came before, also if that is a flood", async () => {
  using it = connected({}, { "A?\n": "1.5\n" });
  const stop = new AbortController();
  const reading = (async () => {
    for await (const _ of it.connection.lines(stop.signal)) { /* It waits for its first line. */ }
  })();
  const asked = it.connection.query("A?");
  it.peer.send("x\n".repeat(400_000));
  await asked.catch(() => {});
  const next = it.connection.query("A?").catch((error) => error.message);
  equal(typeof await next, "string");
  stop.abort();
  await reading;
});
