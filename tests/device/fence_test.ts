/** Commands of an owner that has lost the device while they were on their way. */
import { deepStrictEqual as equal, rejects } from "node:assert/strict";
import { LabError } from "../../lib/errors.ts";
import { IGNORE_EVENTS } from "../../lib/host/host.ts";
import { InlineHost } from "../../lib/host/runtime/inline_host.ts";
import { defineDriver } from "../../lib/mod.ts";
import { held } from "../support/scripted_driver.ts";
import { scriptedDevice } from "../support/scripted_host.ts";
import { settled } from "../support/watch.ts";

const refuse = () => {
  throw new LabError("LeaseEnded", "another owner");
};

Deno.test("a connect whose owner has lost the device while its process started is refused, and not tried again", async () => {
  await using it = scriptedDevice();
  const { device } = it;
  device.setLease(undefined, 4);
  it.starts.push(() => device.setLease(undefined, 5));
  it.answers.connect = refuse;
  await rejects(device.connect({ fence: 4 }), { code: "LeaseEnded" });
  equal([it.hosts.length, it.host.inputs.connect], [1, { fence: 4 }]);
  equal(it.host.asked.slice(0, 3), ["create", "fence 5 false", "connect"]);
  await settled();
  equal([device.state, device.lastError], ["disconnected", undefined]);
});

Deno.test("a connect of the next owner goes on where that of the owner before is refused", async () => {
  await using it = scriptedDevice();
  const { device } = it;
  let next = Promise.resolve();
  it.answers.connect = () => {
    if (it.host.inputs.connect?.fence === 5) return null;
    device.setLease(undefined, 5);
    next = device.connect({ fence: 5 });
    refuse();
  };
  // Its end is that of the connection, which the next owner has made.
  await device.connect({ fence: 3 });
  await next;
  equal([device.state, it.hosts.length, it.host.inputs.connect], ["connected", 2, { fence: 5 }]);
});

Deno.test("a connect that waits for a disconnect is refused if the device changes hands meanwhile", async () => {
  await using it = scriptedDevice();
  const { device } = it;
  await device.connect();
  const closing = held();
  it.answers.disconnect = closing.step;
  const leaving = device.disconnect();
  const late = device.connect({ fence: 3 });
  device.setLease(undefined, 4);
  const refused = rejects(late, { code: "LeaseEnded" });
  closing.release(null);
  await Promise.all([refused, leaving]);
  equal([device.state, it.hosts.length], ["disconnected", 1]);
});

Deno.test("a connection that was made stays, and comes back, whoever owns the device since", async () => {
  await using it = scriptedDevice({ restart: { maxRestarts: 5, windowMs: 60_000, initialDelayMs: 0, maxDelayMs: 0 } });
  const { device } = it;
  await device.connect({ fence: 3 });
  device.setLease(undefined, 4);
  it.host.die();
  while (device.state !== "connected" || it.hosts.length < 2) await settled();
  equal(it.host.inputs.connect, {});
});

Deno.test("a start of an earlier owner that the driver refuses leaves the device connected, and is no failure", async () => {
  await using it = scriptedDevice();
  const { device } = it;
  await device.connect();
  it.answers.start = () => {
    device.setLease(undefined, 4);
    refuse();
  };
  await rejects(device.startStreaming(undefined, {}, { fence: 3 }), { code: "LeaseEnded" });
  equal(it.host.inputs.start?.fence, 3);
  equal([device.state, device.run, device.lastError, device.status().restarts], ["connected", undefined, undefined, 0]);
  delete it.answers.start;
  await device.startStreaming(undefined, {}, { fence: 4 });
  equal(device.state, "streaming");
});

Deno.test("a driver that says by itself that a lease has ended has failed, and is tried again after a pause", async () => {
  await using it = scriptedDevice();
  const { device } = it;
  device.setLease(undefined, 4);
  it.answers.connect = refuse;
  await rejects(device.connect({ fence: 4 }), { code: "LeaseEnded" });
  await settled();
  equal([device.state, it.hosts.length], ["retrying", 1]);
  delete it.answers.connect;
  await device.connect({ fence: 4 });
  it.answers.start = refuse;
  await rejects(device.startStreaming(undefined, {}, { fence: 4 }), { code: "LeaseEnded" });
  await settled();
  equal([device.state, it.hosts.length], ["retrying", 2]);
});

Deno.test("the driver's side refuses a connect and a start with a lower number than that of the device", async () => {
  const calls: string[] = [];
  const driver = defineDriver({
    name: "Daq",
    create: () => ({
      connect: () => void calls.push("connect"),
      async *stream() {
        calls.push("stream");
        yield 1;
      },
    }),
  });
  const host = new InlineHost(driver, IGNORE_EVENTS);
  const attempt = "test";
  await host.request("load", { file: "" }, { attempt });
  await host.request("create", { device_id: "daq1", epoch: "e", next_sequence: 0, params: {} }, { attempt });
  host.setFence(5, true);
  await rejects(host.request("connect", { fence: 4 }, { attempt }), { code: "LeaseEnded" });
  await host.request("connect", { fence: 5 }, { attempt });
  await rejects(host.request("start", { options: {}, fence: 4 }, { attempt }), { code: "LeaseEnded" });
  await host.request("start", { options: {}, fence: 6 }, { attempt });
  equal(calls, ["connect", "stream"]);
  await host.request("disconnect", { limit: 1_000 }, { attempt });
  await host.close();
});
