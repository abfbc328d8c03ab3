import { delay } from "../../async/mod.ts";
import type { Declared, DriverDocument } from "../../declared/file/read_file.ts";
import { parseTemplate } from "../../declared/format_spec.ts";
import type { HttpSetting, HttpValue } from "../../declared/transports/http/schema.ts";
import type { YamlFake } from "./fake.ts";
import { FakeValues, takeText } from "./fake_values.ts";
import { payloadText } from "./payload_text.ts";

type Setting = Declared & { address: HttpSetting };

/** The time for which the fake's port may still be in use when it is restored, in milliseconds. */
const MAX_IN_USE_MS = 5_000;

/** A server of a YAML driver: it answers its paths, takes its settings, and refuses those beyond the limits with 400. */
export function httpFake(document: DriverDocument): YamlFake {
  const values = new FakeValues(document);
  const answer = (request: Request) => answerTo(request, document, values);
  let server: Deno.HttpServer<Deno.NetAddr> | undefined;
  let cut: AbortController;
  const start = (port: number) => {
    cut = new AbortController();
    server = Deno.serve({ hostname: "127.0.0.1", port, signal: cut.signal, onListen() {} }, answer);
    return server.addr.port;
  };
  const port = start(0);
  const drop = async () => {
    const dropped = server;
    server = undefined;
    cut.abort();
    await dropped?.finished;
  };
  return {
    params: { url: `http://127.0.0.1:${port}` },
    get: (name) => values.get(name),
    set: (name, value) => values.set(name, value),
    drop,
    async restore() {
      for (const since = performance.now(); !server;) {
        try {
          start(port);
        } catch (error) {
          if (!(error instanceof Deno.errors.AddrInUse) || performance.now() - since > MAX_IN_USE_MS) throw error;
          await delay(1);
        }
      }
    },
    [Symbol.asyncDispose]: drop,
  };
}

async function answerTo(request: Request, document: DriverDocument, values: FakeValues): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const path = pathname + search;
  const body = await request.text();
  const settings = document.settings as Setting[];
  for (const setting of settings) {
    const text = valueIn(request.method, path, body, setting);
    if (text === undefined) continue;
    if (takeText(values, setting, text)) return new Response("{}");
    return new Response("out of range", { status: 400 });
  }
  const all = [...document.values, ...settings] as (Declared & { address: HttpValue | HttpSetting })[];
  const asked = all.filter(({ address: { get } }) => get === path);
  if (asked.length > 0 && request.method === "GET") {
    return new Response(payloadText(asked.map(({ name, address }) => ({ address, value: values.get(name) }))));
  }
  const isCommand = document.safe.some((it) => {
    const { set, method } = it as { set: string; method: string };
    return set === path && method === request.method;
  });
  return isCommand ? new Response("{}") : new Response("not found", { status: 404 });
}

/** The value that a request gives a setting, as text; `undefined` if it sets another one. */
function valueIn(method: string, path: string, sent: string, { address }: Setting): string | undefined {
  const { set, body } = address;
  if (set === undefined || method !== address.method) return;
  if (body !== undefined && path !== set) return;
  const { before, after } = parseTemplate(body ?? set);
  const text = body === undefined ? path : sent;
  if (!text.startsWith(before) || !text.endsWith(after) || text.length < before.length + after.length) return;
  const value = text.slice(before.length, text.length - after.length);
  return body === undefined ? decodeURIComponent(value) : value;
}
