import { deepStrictEqual as equal, match } from "node:assert/strict";
import { serveBench } from "../support/served_bench.ts";
import { until } from "../support/until.ts";

const BENCH = "devices: [{ id: count1, driver: Counter, options: { sample_rate: 100 } }]";

/** Opens idle connections until there are `count`, or the daemon accepts no more. */
async function idleConnections(port: number, count: number): Promise<Deno.Conn[]> {
  const connections: Deno.Conn[] = [];
  for (let i = 0; i < count; i++) {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port }).catch(() => undefined);
    if (!connection) break;
    connections.push(connection);
  }
  return connections;
}

/** Repeats a request until it is answered with `status`. */
async function answered(url: string, status: number, init?: RequestInit): Promise<Record<string, unknown>> {
  let text: string | undefined;
  await until(`${url} is answered with ${status}`, async () => {
    const response = await fetch(url, init).catch(() => undefined);
    text = await response?.text();
    return response?.status === status;
  });
  return JSON.parse(text!);
}

Deno.test("idle connections do not take the last descriptor: requests are answered, and a stream loses nothing", async () => {
  await using served = await serveBench(BENCH, { drivers: ["counter.ts"], descriptors: 256 });
  match(served.printed.stdout, /limit {4}256 file descriptors are few/);
  await using stream = await served.open("/stream/devices/count1");
  const { sequence: first } = await stream.sample();

  const idle = await idleConnections(served.port, 300);
  equal(idle.length, 300);
  equal((await answered(`${served.url}/health`, 200)).status, "healthy");
  const { stream: { sequence: produced } } = await served.ask<{ stream: { sequence: number } }>("GET /devices/count1");
  await stream.next(({ sequence }) => Number(sequence) >= produced);
  const samples = stream.events.filter(({ event }) => event === "device_data").map(({ sequence }) => sequence);
  equal(samples, samples.map((_, i) => Number(first) + i));
  await served.untilPrinted("stderr", /idle connections are closed: a client has 64, or all have 128, the limit/);
  match(await (await fetch(`${served.url}/metrics`)).text(), /^labdaemon_open_connections \d+$/m);
  for (const connection of idle) connection.close();
});

Deno.test("a device whose process cannot start for want of descriptors retries, and connects when there are some", async () => {
  const ids = Array.from({ length: 16 }, (_, i) => `count${i + 1}`);
  const devices = ids.map((id) => `  - { id: ${id}, driver: Counter, connect: false }`).join("\n");
  await using served = await serveBench(`devices:\n${devices}`, { drivers: ["counter.ts"], descriptors: 72 });
  // Connections may have half of the descriptors; driver processes take the rest.
  const streams = await Promise.all(
    ids.map(() => fetch(`${served.url}/stream/devices/count1?no_samples=true`).catch(() => undefined)),
  );
  let refused: { id: string; status: number; text: string } | undefined;
  for (const id of ids) {
    const response = await fetch(`${served.url}/devices/${id}/connect`, { method: "POST" });
    const text = await response.text();
    if (response.status !== 200) {
      refused = { id, status: response.status, text };
      break;
    }
  }
  const { error } = JSON.parse(refused!.text);
  equal([refused!.status, error.type, error.failure_source], [503, "Unavailable", "daemon"]);
  match(error.message, /the daemon has no file descriptor left; raise its limit/);

  for (const response of streams) await response?.body?.cancel();
  await answered(`${served.url}/devices/${refused!.id}/connect`, 200, { method: "POST" });
  const { last_error } = await served.ask<{ last_error: { type: string } }>(`GET /devices/${refused!.id}`);
  equal(last_error.type, "Unavailable");
});
