import { deepStrictEqual as equal, rejects } from "node:assert/strict";
import { declaredDriver } from "../../lib/declared/file/declared_driver.ts";
import { type Answer, hislipServer, type MessageServer, vxi11Server } from "../support/message_servers.ts";

const SCOPE = `driver: Scope
transport: scpi
identify: { expect: "^ACME,Scope" }
values:
  frequency: { ask: "FREQ?", unit: Hz }
  trace: { ask: "CURV?", block: int16, unit: V }
settings: { coupling: { set: "COUP {}", ask: "COUP?", choices: [AC, DC] } }
`;

const { signal } = new AbortController();
const context = { signal } as never;

/** The instrument behind each link: 2,000 samples are several messages. */
function instrument(): Answer {
  let coupling = "AC";
  const data = Uint8Array.from({ length: 4000 }, (_, i) => i % 2 ? (i >> 1) & 0xff : (i >> 9) & 0xff);
  return (line) => {
    if (line === "*IDN?") return "ACME,Scope,1,1";
    if (line === "FREQ?") return "+1.000E+03";
    if (line === "CURV?") return Uint8Array.from([...new TextEncoder().encode("#44000"), ...data, 10]);
    if (line === "COUP?") return coupling;
    if (line.startsWith("COUP ")) coupling = line.slice(5);
  };
}

for (
  const [link, serve] of Object.entries<(answer: Answer) => MessageServer>({ vxi11: vxi11Server, hislip: hislipServer })
) {
  Deno.test(`a YAML driver by ${link}: questions, waveforms, settings, and the loss of the connection`, async () => {
    await using server = serve(instrument());
    const driver = await declaredDriver(SCOPE, "scope.yaml");
    const device = driver.create(driver.params.parse({ host: "127.0.0.1", port: server.port, link, timeout: 2 }));
    await device.connect!(signal);
    const { frequency, trace } = await device.read!(signal) as { frequency: number; trace: Int16Array };
    equal([frequency, trace.length, trace[1], trace[1999]], [1000, 2000, 1, 1999]);
    const { coupling } = driver.properties;
    await coupling.set!(device, "DC", context);
    equal(await coupling.get!(device, context), "DC");
    server.drop();
    await rejects(async () => await device.read!(signal), /Cannot (ask|read|send)/);
    await device.disconnect!(signal);
  });

  Deno.test(`a stop does not wait for the answer of an instrument that is silent by ${link}`, async () => {
    const answer = instrument();
    await using server = serve((line) => line === "FREQ?" ? undefined : answer(line));
    const driver = await declaredDriver(SCOPE, "scope.yaml");
    const device = driver.create(driver.params.parse({ host: "127.0.0.1", port: server.port, link, timeout: 60 }));
    await device.connect!(signal);
    const stop = new AbortController();
    const reading = device.read!(stop.signal);
    stop.abort(new Error("stopped"));
    await rejects(async () => await reading, /^Error: stopped$/);
    await device.disconnect!(signal);
  });

  Deno.test(`an instrument that does not answer the opening by ${link} is refused at the limit, and left`, async () => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const driver = await declaredDriver(SCOPE, "scope.yaml");
    const { port } = listener.addr;
    const device = driver.create(driver.params.parse({ host: "127.0.0.1", port, link, timeout: 0.05 }));
    const accepting = listener.accept();
    await rejects(async () => await device.connect!(signal), /Cannot read from .* within 50 ms/);
    using peer = await accepting;
    const bytes = new Uint8Array(1000);
    while (await peer.read(bytes) !== null) { /* The opening, then the end of the connection. */ }
    await device.disconnect!(signal);
  });

  Deno.test(`a question that has no answer by ${link} ends at the limit, and the next one is not asked`, async () => {
    const answer = instrument();
    await using server = serve((line) => line === "FREQ?" ? undefined : answer(line));
    const driver = await declaredDriver(SCOPE, "scope.yaml");
    const device = driver.create(driver.params.parse({ host: "127.0.0.1", port: server.port, link, timeout: 0.2 }));
    await device.connect!(signal);
    await rejects(async () => await device.read!(signal), /Cannot ask "FREQ\?" of .* by (VXI-11|HiSLIP): /);
    await rejects(async () => await device.read!(signal), /Cannot ask "FREQ\?" of .*: /);
    await device.disconnect!(signal);
  });
}
