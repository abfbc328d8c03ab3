import { deepStrictEqual as equal, match, rejects } from "node:assert/strict";
import { scpiKeys, scpiSetting, scpiValue } from "../../lib/declared/transports/scpi/schema.ts";
import type { ScpiExchanges, ScpiLink } from "../../lib/declared/transports/scpi/links/scpi_link.ts";
import { ScpiSession } from "../../lib/declared/transports/scpi/scpi_session.ts";

const { signal } = new AbortController();

/** An instrument without a connection. */
class Instrument implements ScpiLink, ScpiExchanges {
  readonly peer = "psu:5025";
  readonly received: string[] = [];
  readonly errors: string[] = [];
  answers: Record<string, string> = {};

  turn<Result>(work: (connection: ScpiExchanges) => Promise<Result>): Promise<Result> {
    return work(this);
  }

  query(text: string): Promise<string> {
    this.received.push(text);
    if (text === "SYST:ERR?") return Promise.resolve(this.errors.shift() ?? '+0,"No error"');
    return Promise.resolve(this.answers[text] ?? "");
  }

  write(text: string): Promise<void> {
    this.received.push(text);
    if (text.startsWith("VOLT 9")) this.errors.push('-222,"Data out of range"');
    return Promise.resolve();
  }

  queryBlock(text: string): Promise<Uint8Array> {
    this.received.push(text);
    return Promise.resolve(new Uint8Array([0, 1, 0xff, 0xfe]));
  }

  close() {}
}

const value = (name: string, address: Record<string, unknown>) => ({
  name,
  type: "number" as const,
  address: scpiValue.parse(address),
});
const setting = (address: Record<string, unknown>) => ({
  name: "voltage",
  type: "number" as const,
  address: scpiSetting.parse(address),
});

const sessionOf = (instrument: Instrument, keys: Record<string, unknown> = {}) =>
  new ScpiSession(instrument, scpiKeys.parse(keys));

Deno.test("values with the same question share its answer", async () => {
  const instrument = new Instrument();
  instrument.answers = { "MEAS:ALL?": "1.5, 0.25", "TEMP?": "T=21.5C" };
  const values = [
    value("voltage", { ask: "MEAS:ALL?", field: 1 }),
    value("current", { ask: "MEAS:ALL?", field: 2 }),
    value("temperature", { ask: "TEMP?", match: "T=([\\d.]+)C" }),
  ];
  equal(await sessionOf(instrument).read(values, signal), {
    voltage: { raw: "1.5" },
    current: { raw: "0.25" },
    temperature: { raw: "21.5" },
  });
  equal(instrument.received, ["MEAS:ALL?", "TEMP?"]);
});

for (
  const [answer, quality] of [
    ["9.9E37", "overload (9.9E37)"],
    ["+9.90000000E+37", "overload (+9.90000000E+37)"],
    ["-9.9E37", "negative overload (-9.9E37)"],
    ["9.91E37", "not a number (9.91E37)"],
  ]
) {
  Deno.test(`${answer} is no value but a reason`, async () => {
    const instrument = new Instrument();
    instrument.answers = { "MEAS?": answer };
    equal(await sessionOf(instrument).read([value("v", { ask: "MEAS?" })], signal), { v: { quality } });
  });
}

Deno.test("a large number that is no sentinel stays one", async () => {
  const instrument = new Instrument();
  instrument.answers = { "MEAS?": "9.8E37" };
  equal(await sessionOf(instrument).read([value("v", { ask: "MEAS?" })], signal), { v: { raw: "9.8E37" } });
});

Deno.test("a binary block is a waveform in the type and byte order of the file", async () => {
  const instrument = new Instrument();
  const session = sessionOf(instrument);
  const read = async (address: Record<string, unknown>) =>
    (await session.read([value("trace", { ask: "CURV?", ...address })], signal)).trace.raw;
  equal(await read({ block: "int16" }), new Int16Array([1, -2]));
  equal(await read({ block: "uint16", endian: "little" }), new Uint16Array([256, 65279]));
  equal(await read({ block: "int8" }), new Int8Array([0, 1, -1, -2]));
  await rejects(read({ block: "float64" }), {
    message: 'Cannot read trace of psu:5025 by "CURV?": expected numbers of 8 bytes, found 4 bytes',
  });
});

Deno.test("an answer without the part that is asked for is an error that quotes it", async () => {
  const instrument = new Instrument();
  instrument.answers = { "MEAS?": "ERR" };
  await rejects(sessionOf(instrument).read([value("v", { ask: "MEAS?", match: "(\\d+)V" })], signal), {
    message: 'Cannot read v of psu:5025 by "MEAS?": expected /(\\d+)V/, found "ERR"',
  });
  await rejects(sessionOf(instrument).read([value("v", { ask: "MEAS?", field: 2 })], signal), {
    message: 'Cannot read v of psu:5025 by "MEAS?": expected 2 fields or more, found "ERR"',
  });
});

Deno.test("an instrument that refuses a setting: the error has its own words, and the queue is empty then", async () => {
  const instrument = new Instrument();
  const session = sessionOf(instrument, { errors: {} });
  await session.begin(signal);
  instrument.received.length = 0;
  await rejects(session.set(setting({ set: "VOLT {:.1f}" }), 90, signal), {
    type: "InstrumentError",
    message: 'Cannot set voltage of psu:5025: the instrument reports -222,"Data out of range"',
  });
  equal(instrument.received, ["VOLT 90.0", "SYST:ERR?", "SYST:ERR?"]);
  await session.set(setting({ set: "VOLT {:.1f}" }), 5, signal);
});

Deno.test("a command is acknowledged by a line that expect matches, also an empty one; another one is the error", async () => {
  const instrument = new Instrument();
  instrument.answers = { "VOLT 5.0": "VOLT=5.0", "VOLT 6.0": "err: not idle", "OUTP 0": "" };
  const session = sessionOf(instrument, { expect: "^VOLT=|^$", setup: ["OUTP 0"] });
  await session.begin(signal);
  await session.set(setting({ set: "VOLT {:.1f}" }), 5, signal);
  await rejects(session.set(setting({ set: "VOLT {:.1f}" }), 6, signal), {
    type: "NotAcknowledged",
    message: 'Cannot set voltage of psu:5025: expected /^VOLT=|^$/, found "err: not idle"',
  });
  await session.command("OUTP 0", signal);
});

Deno.test("an error of an earlier user is not the next setting's", async () => {
  const instrument = new Instrument();
  instrument.errors.push('-410,"Query INTERRUPTED"');
  const session = sessionOf(instrument, { errors: {} });
  await session.begin(signal);
  await session.set(setting({ set: "VOLT {}" }), 5, signal);
});

Deno.test("a queue that never gets empty ends the question after 30 errors", async () => {
  const instrument = new Instrument();
  const session = sessionOf(instrument, { errors: { ok: "^never$" } });
  await rejects(session.command("OUTP OFF", signal), /after 30 errors, "SYST:ERR\?" still finds no empty queue/);
});

Deno.test("another instrument than expected is not used", async () => {
  const instrument = new Instrument();
  instrument.answers = { "*IDN?": "OTHER,X" };
  const error = await sessionOf(instrument, { identify: { expect: "^ACME" }, setup: ["SYST:REM"] }).begin(signal)
    .catch((error) => error);
  match(error.message, /^Cannot use psu:5025: "\*IDN\?" expected \/\^ACME\/, found "OTHER,X"; if it greets .* banner/);
  equal(instrument.received, ["*IDN?"]);
});

Deno.test("setup is sent after the instrument was identified and its queue emptied", async () => {
  const instrument = new Instrument();
  instrument.answers = { "*IDN?": "ACME,X" };
  await sessionOf(instrument, { identify: { expect: "^ACME" }, errors: {}, setup: ["SYST:REM"] }).begin(signal);
  equal(instrument.received, ["*IDN?", "SYST:ERR?", "SYST:REM", "SYST:ERR?"]);
});
