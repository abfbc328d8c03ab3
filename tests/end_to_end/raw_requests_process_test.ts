import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { serveBench } from "../support/served_bench.ts";

const BENCH = "devices: [{ id: count1, driver: Counter, options: { sample_rate: 100 } }]";

/** Sends a request as it is. Returns the status of the answer; 0 if the connection ends without one. */
async function statusOf(port: number, request: string): Promise<number> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const writer = connection.writable.getWriter();
  writer.write(new TextEncoder().encode(request)).catch(() => {});
  const { value } = await connection.readable.getReader().read().catch(() => ({ value: undefined }));
  return Number(/^HTTP\/1.[01] (\d{3})/.exec(new TextDecoder().decode(value))?.[1] ?? 0);
}

Deno.test("malformed heads are refused, and the stream beside them loses nothing", async (test) => {
  await using served = await serveBench(BENCH, { drivers: ["counter.ts"] });
  await using stream = await served.open("/stream/devices/count1");
  const { sequence: first } = await stream.sample();
  const host = `Host: 127.0.0.1:${served.port}`;
  const cases: [name: string, request: string, ...statuses: number[]][] = [
    ["no Host", "GET /health HTTP/1.1\r\n\r\n", 400],
    ["no Host on a stream", "GET /stream/devices/count1 HTTP/1.1\r\n\r\n", 400],
    ["HTTP/1.0 without a Host", "GET /health HTTP/1.0\r\n\r\n", 400],
    ["an empty Host", "GET /health HTTP/1.1\r\nHost:\r\n\r\n", 400],
    ["a port that is none", "GET /stream/devices/count1 HTTP/1.1\r\nHost: 127.0.0.1:99999\r\n\r\n", 403],
    ["a Host that is none", "GET /stream?devices=* HTTP/1.1\r\nHost: [::1\r\n\r\n", 403],
    ["a Host with a space", "GET /stream/devices/count1 HTTP/1.1\r\nHost: a b\r\n\r\n", 400, 403],
    ["two Hosts", `GET /health HTTP/1.1\r\n${host}\r\nHost: evil.example\r\n\r\n`, 400, 403],
    ["a foreign address", `GET http://evil.example/health HTTP/1.1\r\n${host}\r\n\r\n`, 200, 400, 403],
    ["a path of 100 kB", `GET /${"x".repeat(100_000)} HTTP/1.1\r\n${host}\r\n\r\n`, 0, 400, 404, 414, 431],
    ["1,000 headers", `GET /health HTTP/1.1\r\n${host}\r\n${"A: b\r\n".repeat(1_000)}\r\n`, 0, 200, 400, 431],
    ["1 MB of headers", `GET /health HTTP/1.1\r\n${host}\r\nA: ${"b".repeat(1_000_000)}\r\n\r\n`, 0, 400, 431],
    ["NUL in the path", `GET /devices/a\0b HTTP/1.1\r\n${host}\r\n\r\n`, 0, 400],
    ["NUL in an id", `GET /devices/a%00b HTTP/1.1\r\n${host}\r\n\r\n`, 404],
    ["no request", "\0\0\0\0\r\n\r\n", 0, 400],
  ];
  for (const [name, request, ...statuses] of cases) {
    await test.step(name, async () => {
      const status = await statusOf(served.port, request);
      ok(statuses.includes(status), `${name}: ${status}`);
    });
  }
  const { stream: { sequence: produced } } = await served.ask<{ stream: { sequence: number } }>("GET /devices/count1");
  await stream.next(({ sequence }) => Number(sequence) >= produced);
  const samples = stream.events.filter(({ event }) => event === "device_data").map(({ sequence }) => sequence);
  equal(samples, samples.map((_, i) => Number(first) + i));
});
