import { deepStrictEqual as equal, rejects } from "node:assert/strict";
import { declaredDriver } from "../../../lib/declared/file/declared_driver.ts";

const { signal } = new AbortController();

/** The answers of a broker to the packets of a client. */
const CONNECTED = Uint8Array.of(0x20, 2, 0, 0);

/** A device of a broker that accepts it and sends some bytes, but answers nothing else. */
async function withSilentBroker(then: Uint8Array) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepting = (async () => {
    const connection = await listener.accept();
    const bytes = new Uint8Array(1000);
    await connection.read(bytes);
    await connection.write(CONNECTED);
    return connection;
  })();
  const driver = await declaredDriver(
    `driver: Meter
transport: mqtt
values: { a: { topic: meter } }
safe: [{ publish: off, payload: "1" }]
`,
    "meter.yaml",
  );
  const device = driver.create(driver.params.parse({ host: "127.0.0.1", port: listener.addr.port, timeout: 60 }));
  await device.connect!(signal);
  const connection = await accepting;
  await connection.write(then);
  return {
    device,
    /** Resolves when the client has closed the connection. */
    async closed() {
      const bytes = new Uint8Array(1000);
      while (await connection.read(bytes).catch(() => null) !== null) { /* What it still sends. */ }
    },
    async [Symbol.asyncDispose]() {
      connection.close();
      listener.close();
      // A timer of 0 ms of the package, which closes its stores.
      await new Promise((resolve) => setTimeout(resolve, 0));
    },
  };
}

Deno.test("a broker that acknowledges nothing is left all the same: the connection is closed", async () => {
  await using it = await withSilentBroker(new Uint8Array());
  const publishing = rejects(async () => await it.device.safe!("test", signal), /is lost: /);
  await it.device.disconnect!(signal);
  await publishing;
  await it.closed();
});

for (
  const [title, bytes, reason] of [
    ["what is no packet", Uint8Array.of(0xf0, 0xff, 0xff, 0xff, 0xff, 0xff), /is lost: /],
    ["a message of a quarter of a gigabyte", Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0x7f), /more than 16 MiB/],
  ] as const
) {
  Deno.test(`a broker that sends ${title} is left at once, with the reason`, async () => {
    await using it = await withSilentBroker(bytes);
    const streaming = (async () => {
      for await (const _ of it.device.stream!(signal, {}));
    })();
    await rejects(streaming, reason);
    await it.closed();
    await it.device.disconnect!(signal);
    equal(signal.aborted, false);
  });
}

Deno.test("a stream of a broker that answers no more stops within a second", async () => {
  await using it = await withSilentBroker(new Uint8Array());
  const stop = new AbortController();
  const streaming = (async () => {
    for await (const _ of it.device.stream!(stop.signal, {}));
  })();
  stop.abort();
  await streaming;
  await it.device.disconnect!(signal);
  await it.closed();
});
