import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { serveBench } from "../support/served_bench.ts";

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
  for (let tries = 0; tries < 100; tries++) {
    const response = await fetch(url, init).catch(() => undefined);
    const text = await response?.text();
    if (response?.status === status) return JSON.parse(text!);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${url} was not answered with ${status}`);
}

Deno.test("a daemon answers again after idle connections took its last descriptor; an open stream loses nothing", async () => {
  await using served = await serveBench(BENCH, { drivers: ["counter.ts"], descriptors: 256 });
  match(served.printed.stdout, /limit {4}256 file descriptors are few/);
  await using stream = await served.open("/stream/devices/count1");
  const { sequence: first } = await stream.sample();

  const idle = await idleConnections(served.port, 300);
  ok(idle.length >= 150);
  await stream.sample();
  for (const connection of idle) connection.close();

  equal((await answered(`${served.url}/health`, 200)).status, "healthy");
  const { stream: { sequence: produced } } = await served.ask<{ stream: { sequence: number } }>("GET /devices/count1");
  await stream.next(({ sequence }) => Number(sequence) >= produced);
  const samples = stream.events.filter(({ event }) => event === "device_data").map(({ sequence }) => sequence);
  equal(samples, samples.map((_, i) => Number(first) + i));
  match(served.printed.stderr, /The listener ended \(.*Too many open files/);
});

Deno.test("a device whose process cannot start for want of descriptors retries, and connects when there are some", async () => {
  await using served = await serveBench("devices: [{ id: count1, driver: Counter, connect: false }]", {
    drivers: ["counter.ts"],
    descriptors: 128,
  });
  // A stream keeps a connection of its own. The last ones that the daemon can accept are for requests.
  const streams = await Promise.all(
    Array.from({ length: 72 }, () => fetch(`${served.url}/stream/devices/count1`).catch(() => undefined)),
  );
  const more: (Response | undefined)[] = [];
  let refusal: { status: number; text: string } | undefined;
  for (let i = 0; i < 60 && !refusal; i++) {
    more.push(await fetch(`${served.url}/stream/devices/count1`).catch(() => undefined));
    const response = await fetch(`${served.url}/devices/count1/connect`, { method: "POST" }).catch(() => undefined);
    const text = await response?.text() ?? "";
    if (response && response.status !== 200) refusal = { status: response.status, text };
    else await fetch(`${served.url}/devices/count1/disconnect`, { method: "POST" }).then((it) => it.text());
  }
  const { error } = JSON.parse(refusal!.text);
  equal([refusal!.status, error.type, error.failure_source], [503, "Unavailable", "daemon"]);
  match(error.message, /^Cannot load counter.ts: the daemon has no file descriptor left; raise its limit/);

  for (const response of [...streams, ...more]) await response?.body?.cancel();
  await answered(`${served.url}/devices/count1/connect`, 200, { method: "POST" });
  const { last_error } = await served.ask<{ last_error: { type: string } }>("GET /devices/count1");
  equal(last_error.type, "Unavailable");
});
