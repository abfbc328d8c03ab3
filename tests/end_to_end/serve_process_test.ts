import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { allGone, hasProc, processesWith } from "../support/processes.ts";
import { serveBench, type ServedBench } from "../support/served_bench.ts";

const BENCH = `
devices:
  - { id: daq1, driver: StreamingDAQ, options: { sample_rate: 100 } }
  - { id: count1, driver: Counter, streaming: always }
`;

const drivers = ["streaming_daq.ts", "counter.ts"];

/** Both devices are connected: each has its process. */
async function connected(bench: ServedBench): Promise<void> {
  await using reader = await bench.open("/stream?devices=daq1,count1");
  for (const id of ["daq1", "count1"]) {
    await reader.next(({ event, device_id }) => event === "device_data" && device_id === id);
  }
}

/** Ends a daemon with open streams by a signal: exit code 0, streams ended, no process left behind. */
async function endBy(signal: Deno.Signal, bench: ServedBench): Promise<void> {
  await using one = await bench.open("/stream/devices/daq1");
  await using all = await bench.open("/stream?devices=*");
  const unread = await fetch(`${bench.url}/stream/devices/count1`);
  await one.sample();
  ok(processesWith(bench.folder).length >= 3);

  bench.kill(signal);
  await one.end();
  await all.end();
  equal((await bench.status).code, 0);
  equal(processesWith(bench.folder), []);
  await unread.body!.cancel().catch(() => {});
  match(bench.printed.stdout, /Stopping/);
}

Deno.test("a daemon from its start to its end by SIGINT", async (test) => {
  await using bench = await serveBench(BENCH + "  - { id: off, driver: Counter, connect: false }\n", { drivers });

  await test.step("it prints its address and its devices, and serves them", async () => {
    const { stdout } = bench.printed;
    match(stdout, /^LabDaemon \d+\.\d+\.\d+ on http:\/\/127\.0\.0\.1:\d+$/m);
    match(stdout, /^ +drivers +Counter \(counter\.ts\), StreamingDAQ \(streaming_daq\.ts\)$/m);
    match(stdout, /^ +devices +daq1 \(StreamingDAQ\), count1 \(Counter\), off \(Counter\)$/m);
    match(stdout, /^ +stop +Ctrl-C$/m);
    ok(!stdout.includes("failed"));

    equal((await bench.ask("GET /health")).status, "healthy");
    await using reader = await bench.open("/stream/devices/daq1");
    const first = await reader.next();
    equal([first.event, first.device_id], ["device_state", "daq1"]);
    const { payload, sequence } = await reader.sample();
    ok(typeof payload === "number" && payload >= 0 && payload < 10, `found ${payload}`);
    equal(sequence, 0);
  });

  await test.step("the devices of the bench file are connected, and stream as configured", async () => {
    await connected(bench);
    const { devices } = await bench.ask<{ devices: { device_id: string; connected: boolean }[] }>("GET /devices");
    const states = devices.map(({ device_id, connected }) => [device_id, connected]);
    equal(states, [["daq1", true], ["count1", true], ["off", false]]);
  });

  await test.step("every request from another site's page is refused over a real socket", async () => {
    for (const path of ["/devices", "/stream/devices/daq1"]) {
      const response = await fetch(bench.url + path, { headers: { origin: "http://evil.example" } });
      const { error } = await response.json();
      equal([response.status, error.type], [403, "ForbiddenOrigin"]);
    }
    const rebound = await requestAs(bench.port, "evil.example");
    match(rebound, /^HTTP\/1\.1 403 /);
  });

  await test.step("a body of 2 MB is refused over a real socket, in chunks too, and the daemon continues", async () => {
    const chunk = new Uint8Array(64 * 1024).fill(32);
    const chunked = () => {
      let left = 32;
      return new ReadableStream<Uint8Array>({
        pull: (controller) => left-- > 0 ? controller.enqueue(chunk) : controller.close(),
      });
    };
    const headers = { "content-type": "application/json" };
    for (const body of [" ".repeat(2 * 1024 * 1024), chunked()]) {
      const response = await fetch(`${bench.url}/devices`, { method: "POST", body, headers });
      equal([response.status, (await response.json()).error.type], [413, "BodyTooLarge"]);
    }
    equal((await bench.ask("GET /health")).status, "healthy");
  });

  await test.step({
    name: "SIGINT ends it with streams open: exit code 0, streams ended, no process left behind",
    ignore: !hasProc,
    fn: () => endBy("SIGINT", bench),
  });
});

Deno.test("with an empty PATH devices are connected and stream, and SIGTERM ends them as SIGINT does", async () => {
  await using bench = await serveBench(BENCH, { drivers, env: { PATH: "/nowhere" } });
  await connected(bench);
  if (hasProc) await endBy("SIGTERM", bench);
});

Deno.test({
  name: "when it is killed with SIGKILL its drivers' processes end by themselves",
  ignore: !hasProc,
  async fn() {
    await using bench = await serveBench(BENCH, { drivers });
    await connected(bench);
    ok(processesWith(bench.folder).length >= 3);
    bench.kill("SIGKILL");
    equal((await bench.status).signal, "SIGKILL");
    await allGone(bench.folder);
  },
});

/** The answer to `GET /devices` with a Host header of one's own, which fetch does not let one choose. */
async function requestAs(port: number, host: string): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const request = `GET /devices HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
  await connection.write(new TextEncoder().encode(request));
  return await new Response(connection.readable).text();
}
