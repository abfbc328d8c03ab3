import { deepStrictEqual as equal, match, rejects } from "node:assert/strict";
import { LabDaemon } from "../../lib/daemon.ts";
import { defineDriver, LineConnection, watchConnection } from "../../lib/driver/mod.ts";
import { DuplexPeer } from "../support/duplex.ts";
import { fakeTime } from "../support/time.ts";
import { Watch } from "../support/watch.ts";

const AT_ONCE = { maxRestarts: 5, windowMs: 60_000, initialDelayMs: 0, maxDelayMs: 0 };

const messageIn = (error: unknown) => (error as Error).message;

/** A device whose driver opens a line connection to a new peer each time. */
async function bench({ onConnect = (_peer: DuplexPeer) => {} } = {}) {
  const peers: DuplexPeer[] = [];
  let connection: LineConnection;
  const driver = defineDriver({
    name: "Meter",
    create: () => ({
      connect() {
        const peer = new DuplexPeer();
        peers.push(peer);
        onConnect(peer);
        connection = new LineConnection(peer.connect());
      },
      disconnect: () => connection.close(),
      async *stream(signal: AbortSignal) {
        yield 1;
        // A stream that does not read its connection notices nothing by itself.
        await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
      },
      set: () => connection.write("VOLT 1"),
      ask: () => connection.query("VOLT?", { timeoutMs: 20 }),
    }),
    methods: { set: { run: (meter) => meter.set() }, ask: { run: (meter) => meter.ask() } },
  });
  const daemon = new LabDaemon();
  daemon.registerPlugins({ devices: { Meter: driver } });
  const device = await daemon.addDevice("meter1", "Meter", {}, { restart: AT_ONCE, streaming: "manual" });
  const watch = new Watch(device);
  await device.connect();
  return {
    device,
    peers,
    watch,
    async [Symbol.asyncDispose]() {
      await daemon.shutdown();
      watch[Symbol.dispose]();
    },
  };
}

Deno.test("a peer that closes while the device is idle ends its connection, and the device connects again", async () => {
  await using it = await bench();
  it.peers[0].end();
  const { error, failure_source } = await it.watch.next(({ state }) => state === "retrying");
  equal(failure_source, "instrument");
  match(messageIn(error), /^The connection to meter is lost: it closed the connection before it sent anything/);
  await it.watch.next(({ state }) => state === "connected");
  equal([it.peers.length, it.peers[0].isClosed, it.peers[1].isClosed], [2, true, false]);
});

Deno.test("a call that only writes fails once the peer has closed", async () => {
  await using it = await bench();
  it.peers[0].end();
  const called = it.device.call("set");
  await rejects(called, /Cannot send "VOLT 1" to meter|disconnected|retrying|connect/);
  equal(it.peers[0].received, "");
});

Deno.test("a stream that waits for something else ends when its connection is lost", async () => {
  await using it = await bench();
  await it.device.startStreaming();
  await it.watch.next(({ payload }) => payload === 1);
  it.peers[0].break(new Error("the cable is out"));
  const { error } = await it.watch.next(({ state }) => state === "retrying");
  equal(messageIn(error), "The connection to meter is lost: the cable is out");
  await it.watch.next(({ state }) => state === "streaming");
});

Deno.test("a method whose query has no answer gets its error, and the device connects again", async () => {
  await using it = await bench();
  await rejects(it.device.call("ask"), { message: 'Cannot ask "VOLT?" of meter: no answer within 20 ms' });
  await it.watch.next(({ state }) => state === "retrying");
  await it.watch.next(({ state }) => state === "connected");
});

Deno.test("a connection that its driver gives up while it connects ends nothing", async () => {
  const second = new DuplexPeer();
  const driver = defineDriver({
    name: "Meter",
    create: () => {
      let connection: LineConnection;
      return {
        async connect() {
          const first = new DuplexPeer();
          const bytes = first.connect();
          first.end();
          await bytes.lost;
          bytes.close();
          connection = new LineConnection(second.connect());
        },
        disconnect: () => connection?.close(),
        ask: () => connection.query("A?"),
      };
    },
    methods: { ask: { run: (meter) => meter.ask() } },
  });
  await using daemon = new LabDaemon();
  daemon.registerPlugins({ devices: { Meter: driver } });
  const device = await daemon.addDevice("meter1", "Meter");
  await device.connect();
  second.onReceive = () => second.send("1\n");
  equal(await device.call("ask"), "1");
  equal(device.state, "connected");
});

Deno.test("watchConnection() ends the device's connection with the reason of an SDK", async () => {
  const unplugged = Promise.withResolvers<Error>();
  const driver = defineDriver({
    name: "Camera",
    create: () => ({ connect: () => watchConnection(unplugged.promise) }),
  });
  await using daemon = new LabDaemon();
  daemon.registerPlugins({ devices: { Camera: driver } });
  const device = await daemon.addDevice("camera1", "Camera");
  using watch = new Watch(device);
  await device.connect();
  unplugged.resolve(new Error("the camera was unplugged"));
  const { error } = await watch.next(({ state }) => state === "retrying");
  equal(messageIn(error), "the camera was unplugged");
});

Deno.test("safe() still sends to an instrument that has not answered; what it sends later is no answer", async () => {
  const peer = new DuplexPeer();
  let connection: LineConnection;
  const driver = defineDriver({
    name: "Supply",
    create: () => ({
      connect: () => void (connection = new LineConnection(peer.connect(), { timeoutMs: 10 })),
      read: () => connection.query("CURR?"),
      safe: () => connection.write("OUTP OFF"),
      disconnect: () => connection.close(),
    }),
  });
  await using daemon = new LabDaemon();
  daemon.registerPlugins({ devices: { Supply: driver } });
  const device = await daemon.addDevice("supply1", "Supply");
  using watch = new Watch(device);
  await device.connect();
  await device.startStreaming();
  await watch.next(({ state }) => state === "retrying");
  await device.disconnect();
  equal([peer.received, peer.isClosed], ["CURR?\nOUTP OFF\n", true]);
});

Deno.test("read() fails after 30 s without a whole message, and one whose messages are rare waits longer", async () => {
  using time = fakeTime();
  const peer = new DuplexPeer();
  using connection = peer.connect();
  peer.send("ab");
  const three = (received: Uint8Array) => received.length >= 3 ? 3 : undefined;
  const message = "Cannot read from meter: nothing complete came within 30000 ms";
  const silent = rejects(connection.read(three), { message, type: "TimeoutError" });
  await time.tick(30_000);
  await silent;
  const patient = connection.read(three, { timeoutMs: Infinity });
  await time.tick(24 * 3_600_000);
  peer.send("c");
  equal(await patient, new TextEncoder().encode("abc"));
});

Deno.test("chunks() fails when nothing has come for its silence, and yields what came before", async () => {
  const peer = new DuplexPeer();
  using connection = peer.connect();
  peer.send("ab");
  const chunks = connection.chunks(undefined, { silenceMs: 10 });
  equal((await chunks.next()).value, new TextEncoder().encode("ab"));
  await rejects(chunks.next(), /Cannot read from meter: nothing complete came within 10 ms/);
});
