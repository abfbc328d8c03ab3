/** A second implementation of the protocol, in Python, written from docs/driver-protocol.md. */
import { deepStrictEqual as equal, match, ok, rejects } from "node:assert/strict";
import { DriverProcess } from "../../lib/host/driver_process.ts";
import { type HostEvents, IGNORE_EVENTS } from "../../lib/host/host.ts";
import { decodeFrames } from "../../lib/stream/mod.ts";
import type { EncodedJson } from "../../lib/stream/encode.ts";

const SCRIPT = new URL("../support/second_host.py", import.meta.url).pathname;
const options = { attempt: "Cannot", limitMs: 20_000 };

function start(...more: string[]): DriverProcess {
  return new DriverProcess({
    name: "dice.py",
    imports: [],
    host: { command: ["python3", SCRIPT, ...more], sandbox: "off" },
  });
}

Deno.test("a driver process in Python loads, connects, streams, calls, sets a property and ends", async () => {
  const samples: unknown[] = [];
  const lines: string[] = [];
  const { promise: five, resolve } = Promise.withResolvers<void>();
  const events: HostEvents = {
    ...IGNORE_EVENTS,
    block({ bytes }) {
      for (const event of decodeFrames(bytes)) if (event.event === "device_data") samples.push(event.payload);
      if (samples.length > 5) resolve();
    },
    print: (line, level) => lines.push(`${level}: ${line}`),
  };
  const process = start();
  const dice = process.open({ name: '"dice1"' }, events);
  try {
    equal((await dice.request("load", { file: "file:///dice.py" }, options))?.name, "Dice");
    const checked = await dice.request("check_params", { params: {}, attempt: "" }, options);
    equal(checked.params, { sides: 6 });
    const identity = { device_id: "dice1", epoch: "k3f9", next_sequence: 40 };
    equal(await dice.request("create", { ...identity, params: { sides: 3 } }, options), { streams: true, safe: false });
    await dice.request("connect", {}, options);
    await dice.request("start", { options: { sample_rate: 100 }, read: null }, options);
    await five;
    equal(samples.slice(0, 4), [2, 3, 1, 2]);
    const read = async (op: "get" | "set", value = 0) => {
      const result = await dice.request(op, { name: "sides", value, valid: null }, options);
      return (result as EncodedJson).decode();
    };
    equal(await read("set", 20), 20);
    await dice.request("call", { method: "load", args: [8], kwargs: {} }, options);
    equal(await read("get"), 8);
    await rejects(dice.request("call", { method: "fail", args: [], kwargs: {} }, options), {
      code: "DriverError",
      type: "OSError",
      message: "the die has rolled under the sofa",
    });
    await dice.request("stop", { limit: 1_000 }, options);
    const { length } = samples;
    await dice.request("disconnect", { limit: 1_000 }, options);
    equal(samples.length, length);
    ok(await process.probe());
    equal(lines, ["warning: the die is loaded"]);
  } finally {
    await dice.close();
  }
  equal((await process.closed).code, "DeviceNotConnected");
});

Deno.test("a driver process with another version of the protocol: the error says which side is older", async () => {
  const process = start("protocol=2");
  const { type, message } = await process.closed;
  equal(type, "ProtocolMismatch");
  match(
    message,
    /^The process of dice\.py \(Python 3\.\S+\) speaks version 2 .* the daemon is the older side: update it$/,
  );
});
