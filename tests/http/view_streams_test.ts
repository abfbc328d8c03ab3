/** The streams of a view over benches that are away, or cannot answer now. */
import { deepStrictEqual as equal } from "node:assert/strict";
import { Principal } from "../../lib/access/principal.ts";
import { createViewApp } from "../../lib/http/view/view_app.ts";
import { away } from "../../lib/hub/view/bench_answer.ts";
import type { FleetAccess } from "../../lib/hub/view/hub_view.ts";
import { KnownBench } from "../../lib/hub/view/known_bench.ts";
import { SSEReader } from "../support/sse_reader.ts";
import { webBench } from "../support/web_bench.ts";

/** The frame of a sample, as a bench writes it. */
function frameOf(device: string, sequence: number): Uint8Array<ArrayBuffer> {
  const data = JSON.stringify({ event: "device_data", device_id: device, sequence, payload: sequence });
  return new TextEncoder().encode(`id: k3f9-${sequence}\nevent: device_data\ndata: ${data}\n\n`);
}

function benchWith(devices: readonly string[], endedAt: string | null, name = "lab3"): KnownBench {
  const bench = new KnownBench(name);
  const at = new Date().toISOString();
  const about = { bench: name, version: "1.0.0", host: null, epoch: "k3f9", since: at, at, heartbeat: 5 };
  bench.takeBeat({ ...about, ended_at: endedAt });
  for (const device_id of devices) {
    bench.devices.set(device_id, { device_id, device_type: "meter", state: "streaming", epoch: "k3f9", lease: null });
  }
  return bench;
}

function open(fleet: Pick<FleetAccess, "ask" | "lastSamples">, bench: KnownBench, devices: string[] | null) {
  const app = createViewApp({ ...fleet, benches: new Map([[bench.name, bench]]), isConnected: true });
  const ended = new AbortController().signal;
  const principal = new Principal({ name: "student", scope: "read", devices, ended });
  return {
    stream: async (ids: string) => {
      const request = new Request(`http://127.0.0.1/stream?devices=${ids}`, { headers: { host: "127.0.0.1" } });
      return new SSEReader(await app.fetch(request, { principal }));
    },
    [Symbol.asyncDispose]: () => app.close(),
  };
}

Deno.test("a stream over a bench that is away gives the last samples of those devices alone that its token is for", async () => {
  const bench = benchWith(["daq1", "secret1", "last1"], new Date().toISOString());
  const ask = () => Promise.reject(away(bench, "it was not asked"));
  const lastSamples = (_: KnownBench, id: string) => Promise.resolve(frameOf(id, 7));
  await using view = open({ ask, lastSamples }, bench, ["lab3/daq*", "lab3/last*"]);
  for (const ids of ["*", "lab3/*"]) {
    await using reader = await view.stream(ids);
    await reader.next(({ device_id }) => device_id === "lab3/last1");
    equal(reader.events.map(({ device_id }) => device_id), ["lab3/daq1", "lab3/last1"]);
  }
});

Deno.test("a stream goes on when its bench has no room for it at the moment, as just after a restart", async () => {
  const bench = benchWith(["daq1"], null);
  const answers = [
    new Response(frameOf("daq1", 0)),
    new Response("{}", { status: 503 }),
    new Response("{}", { status: 429 }),
    new Response(frameOf("daq1", 1)),
  ];
  const ask = async () => await Promise.resolve(answers.shift() ?? new Response(new ReadableStream()));
  await using view = open({ ask, lastSamples: () => Promise.resolve(undefined) }, bench, null);
  await using reader = await view.stream("lab3/daq1");
  equal([(await reader.next()).payload, (await reader.next()).payload], [0, 1]);
});

Deno.test("a stream of all devices and a named one asks its bench for all of them", async () => {
  const bench = benchWith(["daq1", "psu1"], null);
  const paths: string[] = [];
  const ask: FleetAccess["ask"] = (_bench, _caller, { path }) => {
    paths.push(path);
    return Promise.resolve(new Response(frameOf("psu1", 1)));
  };
  await using view = open({ ask, lastSamples: () => Promise.resolve(undefined) }, bench, null);
  await using reader = await view.stream("*,lab3/daq1");
  await reader.next(({ device_id }) => device_id === "lab3/psu1");
  equal(new URLSearchParams(paths[0].split("?")[1]).get("devices"), "daq1,*");
});

Deno.test("a stream says why a bench that was away refuses a named device when it is back", async () => {
  const bench = benchWith(["daq1"], null);
  const refusal = { error: { type: "DeviceNotFound", message: "Cannot find device" } };
  let asked = 0;
  const ask = () =>
    asked++ === 0
      ? Promise.reject(away(bench, "it was not asked"))
      : Promise.resolve(Response.json(refusal, { status: 404 }));
  await using view = open({ ask, lastSamples: () => Promise.resolve(undefined) }, bench, null);
  await using reader = await view.stream("lab3/daq1");
  const found = await reader.next(({ event }) => event === "stream_error");
  equal([found.device_id, (found.error as { type: string }).type], ["lab3/daq1", "DeviceNotFound"]);
});

Deno.test("a reader of very many benches comes back by a short id, and each bench is asked behind what the reader has", async () => {
  const benches = new Map(Array.from({ length: 100 }, (_, i) => {
    const bench = benchWith([`meter_with_a_name_${i}`], null, `lab${i}`);
    return [bench.name, bench] as const;
  }));
  const asked: (string | null | undefined)[] = [];
  const ask: FleetAccess["ask"] = ({ name }, _caller, { headers }) => {
    const since = headers?.get("last-event-id");
    asked.push(since);
    const at = since ? Number(since.slice(since.lastIndexOf(":") + 1)) + 1 : 0;
    const id = `meter_with_a_name_${name.slice(3)}`;
    const text = new TextDecoder().decode(frameOf(id, at)).replace(/^id: .*$/m, `id: k3f9;${id}:${at}`);
    const body = new ReadableStream<Uint8Array>({ start: (it) => it.enqueue(new TextEncoder().encode(text)) });
    return Promise.resolve(new Response(body));
  };
  const app = createViewApp({
    ...{ ask, lastSamples: () => Promise.resolve(undefined) },
    ...{ benches, isConnected: true },
  });
  const read = async (lastId: string | undefined) => {
    const headers = { host: "127.0.0.1", ...lastId !== undefined && { "last-event-id": lastId } };
    await using reader = new SSEReader(await app.request("http://127.0.0.1/stream?devices=*", { headers }));
    const payloads = new Set<unknown>();
    for (let i = 0; i < 100; i++) payloads.add((await reader.next(({ event }) => event === "device_data")).payload);
    return { payloads: [...payloads], lastId: reader.events.at(-1)!.id! };
  };
  let id: string | undefined;
  for (let round = 0; round < 3; round++) {
    const { payloads, lastId } = await read(id);
    equal(payloads, [round]);
    equal([lastId.length < 100, lastId.includes("~")], [true, true], lastId);
    id = lastId;
  }
  equal(asked.filter((since) => !since).length, 100);
  await app.close();
});

Deno.test("a reader that comes back with an id that a view no longer knows gets a gap from each bench", async () => {
  const daemons = await Promise.all([webBench(), webBench()]);
  const benches = new Map(["lab3", "lab4"].map((name) => [name, benchWith(["daq1"], null, name)]));
  const ask: FleetAccess["ask"] = async ({ name }, _caller, { path, headers }) =>
    await daemons[name === "lab3" ? 0 : 1].app.request(path, { headers });
  const app = createViewApp({
    ...{ ask, lastSamples: () => Promise.resolve(undefined) },
    ...{ benches, isConnected: true },
  });
  const headers = { host: "127.0.0.1", "last-event-id": "k3f9;@~4b1c9d0e7f2a.1731" };
  await using reader = new SSEReader(await app.request("http://127.0.0.1/stream?devices=*", { headers }));
  const gaps: unknown[] = [];
  for (let i = 0; i < 2; i++) {
    const { device_id, reason, lost } = await reader.next(({ event }) => event === "gap");
    gaps.push([device_id, reason, lost]);
  }
  equal(gaps.sort(), [["lab3/daq1", "restart", null], ["lab4/daq1", "restart", null]]);
  await app.close();
  for (const daemon of daemons) await daemon[Symbol.asyncDispose]();
});
