import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { declaredDriver } from "../../lib/declared/file/declared_driver.ts";
import { fakeInstrument, fakeModbus } from "../../lib/testing/mod.ts";
import { FakeBroker } from "../../lib/testing/fakes/fake_broker.ts";
import { byteFaults } from "../support/byte_faults.ts";
import { FaultProxy } from "../support/fault_proxy.ts";
import { type FaultReport, type FaultTarget, playFaults } from "../support/faults.ts";
import { FaultySender } from "../support/faulty_sender.ts";
import { lineFaults } from "../support/line_faults.ts";
import { hislipServer, vxi11Server } from "../support/message_servers.ts";

const TIMEOUT_MS = 150;
const timeout = TIMEOUT_MS / 1000;
const options = { sample_rate: 50 };

/**
 * The answers of an instrument: `a`, `b` and `c`, each with the number of its question. So a sample is right if its values
 * belong to three questions in a row, and a late answer belongs to none of them.
 */
class Questions {
  #asked = 0;

  answer(name: string): string {
    return `${name}=${++this.#asked};`;
  }

  static areInRow(payload: unknown): boolean {
    const { a, b, c } = payload as Record<string, number>;
    return Number.isInteger(a) && b === a + 1 && c === a + 2;
  }

  /** The same, where a question whose connection has ended is asked again. */
  static areInOrder(payload: unknown): boolean {
    const { a, b, c } = payload as Record<string, number>;
    return a < b && b < c;
  }
}

/** The driver of a text. */
async function driverOf(transport: string, text: string) {
  return await declaredDriver(`driver: Meter_${transport}\ntransport: ${transport}\n${text}`, "meter.yaml");
}

const IN_TEXT = `identify: { expect: "^ACME,Meter$" }
values:
  a: { ask: "A?", match: "^a=(\\\\d+);$" }
  b: { ask: "B?", match: "^b=(\\\\d+);$" }
  c: { ask: "C?", match: "^c=(\\\\d+);$" }
safe: ["OFF"]
`;

/** An instrument that answers questions in text. */
function meter(): (line: string) => string | undefined {
  const questions = new Questions();
  return (line) => {
    if (line === "*IDN?") return "ACME,Meter";
    return /^[ABC]\?$/.test(line) ? questions.answer(line[0].toLowerCase()) : undefined;
  };
}

type Target = Omit<FaultTarget, "timeoutMs">;

/** The transports, each with its instrument; `play` plays the faults. */
const TRANSPORTS: Readonly<Record<string, (play: (target: Target) => Promise<void>) => Promise<void>>> = {
  async scpi(play) {
    await using instrument = fakeInstrument({ answers: meter() });
    const { host, port } = instrument;
    const driver = await driverOf("scpi", IN_TEXT);
    const target = { driver, params: { host, port, timeout }, options, isRight: Questions.areInRow };
    await play({ ...target, ...lineFaults(instrument, TIMEOUT_MS) });
  },

  async lines(play) {
    let asked = 0;
    let last = 0;
    await using instrument = fakeInstrument({
      answers: (line) => line === "R?" ? `a=${++asked} b=${asked} end` : undefined,
    });
    const { host, port } = instrument;
    const driver = await driverOf(
      "lines",
      `ask: "R?"
pattern: "^a=(?<a>\\\\d+) b=(?<b>\\\\d+) end$"
values: { a: { group: a }, b: { group: b } }
safe: ["OFF"]
`,
    );
    const isRight = (payload: unknown) => {
      const { a, b } = payload as Record<string, number>;
      const isNew = a === b && a > last;
      last = a;
      return isNew;
    };
    const target = { driver, params: { host, port, timeout }, options, isRight };
    await play({ ...target, ...lineFaults(instrument, TIMEOUT_MS) });
  },

  "modbus, tcp": (play) => modbus(play, "tcp"),
  "modbus, rtu": (play) => modbus(play, "rtu"),

  async http(play) {
    const questions = new Questions();
    const answer = ({ url }: Request) => new Response(questions.answer(new URL(url).pathname.slice(1)));
    await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, answer);
    await using proxy = await FaultProxy.start(server.addr.port, { isStream: true });
    const driver = await driverOf(
      "http",
      `values:
  a: { get: /a, match: "^a=(\\\\d+);$" }
  b: { get: /b, match: "^b=(\\\\d+);$" }
  c: { get: /c, match: "^c=(\\\\d+);$" }
safe: [{ set: /off }]
`,
    );
    const params = { url: `http://127.0.0.1:${proxy.port}`, timeout };
    const faults = byteFaults(proxy, { timeoutMs: TIMEOUT_MS, holds: false });
    await play({ driver, params, options, isRight: Questions.areInOrder, isMarked, ...faults });
  },

  async mqtt(play) {
    let published = 0;
    await using broker = new FakeBroker(() => {});
    using _timer = every(() => {
      const [a, b, c] = [++published, ++published, ++published];
      broker.publish("meter", JSON.stringify({ a, b, c }));
    });
    await using proxy = await FaultProxy.start(broker.port, { isStream: true });
    const driver = await driverOf(
      "mqtt",
      `values: { a: { topic: meter, json: a }, b: { topic: meter, json: b }, c: { topic: meter, json: c } }
safe: [{ publish: off, payload: "1" }]
`,
    );
    const params = { host: proxy.host, port: proxy.port, timeout };
    const faults = byteFaults(proxy, { timeoutMs: TIMEOUT_MS, asks: false });
    await play({ driver, params, isRight: Questions.areInRow, isMarked, ...faults });
  },

  async udp(play) {
    await using sender = await FaultySender.start((n) => Uint8Array.of(0x4c, 0x44, 0, n, 0, n + 1, 0, n + 2));
    const driver = await driverOf(
      "udp",
      `starts_with: 4c44
values: { a: { at: 2, type: uint16 }, b: { at: 4, type: uint16 }, c: { at: 6, type: uint16 } }
safe: ["OFF"]
`,
    );
    const params = { ...sender.params, silence: timeout };
    await play({ driver, params, isRight: Questions.areInRow, isMarked, ...sender.faults() });
  },

  vxi11: (play) => messages(play, "vxi11"),
  hislip: (play) => messages(play, "hislip"),
};

type Play = (target: Target) => Promise<void>;

async function modbus(play: Play, framing: "tcp" | "rtu"): Promise<void> {
  const table = Object.defineProperties(
    {},
    Object.fromEntries([1, 10, 20].map((number) => [number, {
      get: () => fake.requests.length & 0xffff,
    }])),
  );
  await using fake = fakeModbus({ units: { 1: { input: table, coil: { 1: true } } }, framing });
  await using proxy = await FaultProxy.start(fake.port);
  const driver = await driverOf(
    "modbus",
    `values: { a: { input: 1 }, b: { input: 10 }, c: { input: 20 } }
safe: [{ coil: 1, value: false }]
`,
  );
  const params = { host: proxy.host, port: proxy.port, framing, timeout, late: timeout };
  const faults = byteFaults(proxy, { timeoutMs: TIMEOUT_MS, holds: false });
  await play({ driver, params, options, isRight: Questions.areInRow, ...faults });
}

async function messages(play: Play, link: "vxi11" | "hislip"): Promise<void> {
  await using server = (link === "vxi11" ? vxi11Server : hislipServer)(meter());
  await using proxy = await FaultProxy.start(server.port, { isStream: true });
  const driver = await driverOf("scpi", IN_TEXT);
  const params = { host: proxy.host, port: proxy.port, link, timeout };
  const faults = byteFaults(proxy, { timeoutMs: TIMEOUT_MS });
  await play({ driver, params, options, isRight: Questions.areInRow, ...faults });
}

/** A sample that says itself that a value is missing. */
function isMarked(payload: unknown): boolean {
  return (payload as { quality?: unknown }).quality !== undefined;
}

/** Calls a function every 20 ms, until it is disposed. */
function every(work: () => void): Disposable {
  const timer = setInterval(work, 20);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

Deno.test(
  "100 random faults of each transport of YAML drivers: the device heals, and no answer is another question's",
  async () => {
    const reports = await Promise.all(
      Object.entries(TRANSPORTS).map(async ([name, transport], i) => {
        let report!: FaultReport;
        await transport(async (target) => {
          report = await playFaults({ ...target, timeoutMs: TIMEOUT_MS }, { seed: 7 + i, count: 100 });
        });
        return { name, ...report };
      }),
    );
    for (const { name, played, broken } of reports) {
      equal([name, played.length], [name, 100]);
      ok(broken.length > 5, name);
    }
  },
);
