import { deepStrictEqual as equal, match, ok, rejects } from "node:assert/strict";
import { readDriverFile } from "../../lib/declared/file/read_file.ts";
import type { TransportSession } from "../../lib/declared/transport.ts";
import { makeCertificates } from "../support/certificates.ts";
import { watched } from "../support/driver_versions.ts";
import { peerProgram, startPeer } from "../support/peers.ts";
import { Watch } from "../support/watch.ts";

const THERMOSTAT = `driver: Thermostat
transport: http
values:
  temperature: { get: /api/state, json: "air[0].t", unit: °C }
  fan: { get: /api/state, json: fan, type: boolean }
  humidity: { get: /text, match: 'H=([\\d.]+)', unit: "%" }
settings:
  setpoint: { set: /api/state, body: '{{"setpoint": {}}}', get: /api/state, json: setpoint, unit: °C, min: 5, max: 30 }
  fan: { set: "/fan?turn={}", method: GET, get: /api/state, json: fan, type: boolean }
safe: [{ set: "/fan?turn=0", method: GET }]
`;

const LOGIN = { user: "lab", password: "hunter2-and-more" };

const webServer = (...args: string[]) =>
  startPeer({ command: (port) => ["python3", peerProgram("web_server.py"), `${port}`, ...args], ready: /listening/ });

async function opened(params: Record<string, unknown>, text = THERMOSTAT) {
  const { signal } = new AbortController();
  const { transport, keys, values, settings, safe } = await readDriverFile(text, "thermostat.yaml");
  const parsed = transport.params.parse({ ...LOGIN, ...params });
  const session: TransportSession<unknown, unknown, unknown> = await transport.open(
    { params: parsed, keys, values, settings },
    signal,
  );
  const setting = (name: string) => settings.find((it) => it.name === name)!;
  return {
    read: () => session.read!(values, signal),
    get: (name: string) => session.get!(setting(name), signal),
    set: (name: string, raw: number | boolean) => session.set!(setting(name), raw, signal),
    safe: () => session.command!(safe[0], signal),
    [Symbol.asyncDispose]: async () => await session.close(),
  };
}

const SAMPLE = { temperature: { raw: 21.5 }, fan: { raw: false }, humidity: { raw: "40.1" } };

Deno.test("http: values of JSON and text are read from Python's web server, settings are sent and read back", async () => {
  await using server = await webServer();
  const url = `http://127.0.0.1:${server.port}/`;
  await using device = await opened({ url });
  equal(await device.read(), SAMPLE);
  await device.set("setpoint", 25.5);
  equal(await device.get("setpoint"), { raw: 25.5 });
  await device.set("fan", true);
  equal(await device.get("fan"), { raw: true });
  await device.safe();
  equal(await device.get("fan"), { raw: false });
  await rejects(
    opened({ url, password: "guess" }),
    /Cannot GET http.*\/api\/state: the server answers 401 Unauthorized: "who/,
  );
  await using other = await opened({ url }, THERMOSTAT.replace("/text", "/missing"));
  const { humidity, temperature } = await other.read();
  equal(humidity, { quality: '404 Not Found: "nothing here"' });
  equal(temperature, SAMPLE.temperature);
});

Deno.test("https: the server's certificate is checked by the authority that the params name", async () => {
  const folder = await Deno.makeTempDir();
  await makeCertificates(folder);
  await using server = await webServer(`${folder}/cert.pem`, `${folder}/key.pem`);
  const url = `https://127.0.0.1:${server.port}`;
  await using device = await opened({ url, ca: await Deno.readTextFile(`${folder}/ca.pem`) });
  equal(await device.read(), SAMPLE);
  await rejects(opened({ url }), /Cannot GET https.*certificate/i);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("http: a server that refuses, is silent, or sends too much is an error with the reason", async () => {
  await rejects(opened({ url: "http://127.0.0.1:2" }), /Cannot GET http:\/\/127\.0\.0\.1:2\/api\/state: .*refused/i);
  const answers: Record<string, () => Response> = {
    "/silent/api/state": () => new Response(new ReadableStream({ start: (it) => it.enqueue(new Uint8Array(3)) })),
    "/large/api/state": () => new Response(new Uint8Array(1_100_000)),
    "/moved/api/state": () => Response.redirect("http://127.0.0.1:2/elsewhere"),
  };
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    ({ url }) => answers[new URL(url).pathname](),
  );
  const { port } = server.addr;
  const at = (path: string) =>
    opened({ url: `http://127.0.0.1:${port}${path}`, timeout: 0.3 }, THERMOSTAT.replace(/ +humidity.*\n/, ""));
  await rejects(at("/silent"), /no answer within 0\.3 s/);
  await rejects(at("/large"), /longer than 1048576 bytes/);
  await rejects(at("/moved"), /the server answers 302 Found/);
});

Deno.test("a device of a YAML driver streams from a web server, also after the server was away", async () => {
  await using server = await webServer();
  await using bench = await watched({ "thermostat.yaml": THERMOSTAT });
  const url = `http://127.0.0.1:${server.port}`;
  const device = await bench.daemon.addDevice("t1", "Thermostat", { url, ...LOGIN }, {
    restart: { initialDelayMs: 50, maxDelayMs: 50 },
  });
  equal(device.status().permissions, { net: [`127.0.0.1:${server.port}`] });
  await device.connect();
  using watch = new Watch(device);
  await device.startStreaming(undefined, { sample_rate: 20 });
  const sample = { temperature: 21.5, fan: false, humidity: 40.1 };
  equal((await watch.sample()).payload, sample);
  await server.kill();
  const lost = await watch.state("retrying");
  match(JSON.stringify(lost), /Cannot GET http/);
  ok(!JSON.stringify(lost).includes(LOGIN.password));
  await server.restart();
  await watch.state("streaming");
  equal((await watch.sample()).payload, sample);
});
