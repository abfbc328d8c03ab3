import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { assertNothingIsLostSilently } from "../support/lost_samples.ts";
import { serveBench } from "../support/served_bench.ts";

const BENCH = `
devices:
  - id: count1
    driver: Counter
    options: { sample_rate: 200 }
    restart: { initial_delay: 50ms }
  - { id: count2, driver: Counter, options: { sample_rate: 200 } }
  - id: wild1
    driver: Unruly
    restart: { initial_delay: 10ms, max_restarts: 2 }
    limits: { connect: 60s, heartbeat_timeout: 60s }
`;

Deno.test("a driver whose process ends recovers, and affects no other device", async (test) => {
  await using bench = await serveBench(BENCH, { drivers: ["counter.ts", "unruly.ts"] });

  await test.step("a killed driver recovers, its sequence continues, and other devices are not affected", async () => {
    await using reader = await bench.open("/stream/devices/count1");
    await using other = await bench.open("/stream/devices/count2");
    for (let n = 0; n < 20; n++) await reader.sample();
    const { result: pid } = await bench.ask<{ result: number }>("POST /devices/count1/call", { method: "pid" });

    Deno.kill(pid, "SIGKILL");
    const { error, retry_in } = await reader.state("retrying");
    match((error as Error).message, /"count1".*SIGKILL/);
    equal(typeof retry_in, "number");
    await reader.state("streaming");
    for (let n = 0; n < 20; n++) await reader.sample();

    assertNothingIsLostSilently(reader.events);
    const { result: newPid } = await bench.ask<{ result: number }>("POST /devices/count1/call", { method: "pid" });
    const { restarts, state } = await bench.ask("GET /devices/count1");
    ok(newPid !== pid);
    equal([restarts, state], [1, "streaming"]);

    const reached = (await bench.ask<{ stream: { sequence: number } }>("GET /devices/count2")).stream.sequence;
    while ((await other.sample()).sequence! < reached - 1);
    equal(assertNothingIsLostSilently(other.events), 0);
    equal(other.events.filter(({ state }) => state === "retrying"), []);
  });

  await test.step("a driver that ends its process does not affect the daemon and the other devices", async (test) => {
    await using steady = await bench.open("/stream/devices/count2");
    await using reader = await bench.open("/stream/devices/wild1");
    await reader.state("streaming");
    for (const how of ["exits", "rejects"]) {
      await test.step(how, async () => {
        const call = { method: "misbehave", kwargs: { how } };
        const response = await fetch(`${bench.url}/devices/wild1/call`, {
          method: "POST",
          body: JSON.stringify(call),
          headers: { "content-type": "application/json" },
        });
        const answer = await response.text();
        ok([200, 502].includes(response.status), answer);
        ok(!answer.includes(".ts:"), answer);
        await reader.state("retrying");
        await reader.state("streaming");
      });
    }
    await test.step("once more than its restart budget: it is faulted, and reported", async () => {
      const { result: pid } = await bench.ask<{ result: number }>("POST /devices/wild1/call", { method: "pid" });
      Deno.kill(pid, "SIGKILL");
      await reader.state("faulted");
      const response = await fetch(`${bench.url}/devices/wild1/call`, {
        method: "POST",
        body: '{"method":"pid"}',
        headers: { "content-type": "application/json" },
      });
      equal([response.status, (await response.json()).error.type], [503, "DeviceFaulted"]);
    });
    const { stream } = await bench.ask<{ stream: { sequence: number } }>("GET /devices/count2");
    while ((await steady.sample()).sequence! < stream.sequence - 1);
    equal(assertNothingIsLostSilently(steady.events), 0);
  });
});

Deno.test("NaN and a sample without a JSON form are each reported on the stream of a real process", async () => {
  const bench =
    `devices: [{ id: odd1, driver: OddSamples, options: { which: cycle }, restart: { initial_delay: 10ms } }]`;
  await using served = await serveBench(bench, { drivers: ["odd_samples.ts"] });
  await using reader = await served.open("/stream/devices/odd1");
  const { error } = await reader.next(({ event }) => event === "stream_error");
  equal((error as { type: string }).type, "NotSerializable");
  await reader.state("streaming");
  await reader.sample();
  ok(assertNothingIsLostSilently(reader.events) >= 1);

  await served.ask("POST /devices/odd1/stream/stop");
  await using ordinary = await served.open("/stream/devices/odd1?which=ordinary");
  await ordinary.next(({ payload }) => payload === "1970-01-01T00:00:00.000Z");
  ok(ordinary.payloads.includes(null));
});
