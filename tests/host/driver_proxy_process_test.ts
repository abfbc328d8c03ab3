import { deepStrictEqual as equal } from "node:assert/strict";
import { serveBench } from "../support/served_bench.ts";

const FETCHER = `import { defineDriver } from "labdaemon/driver";
import { z } from "zod";
export default defineDriver({
  name: "Fetcher",
  params: z.object({ host: z.string() }),
  permissions: ({ host }) => ({ net: [host] }),
  create: ({ host }) => ({ read_web: async () => await (await fetch("http://" + host)).text() }),
  methods: { read_web: { run: (fetcher) => fetcher.read_web() } },
});`;

Deno.test("a driver reaches an instrument's web page on this machine where the environment names a proxy", async () => {
  const instrument = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => new Response("7.31 V"));
  const host = `127.0.0.1:${instrument.addr.port}`;
  const proxy = "http://127.0.0.1:1";
  await using bench = await serveBench(`devices: [{ id: f1, driver: Fetcher, params: { host: "${host}" } }]`, {
    drivers: [{ "fetcher.ts": FETCHER }],
    env: { HTTP_PROXY: proxy, http_proxy: proxy, NO_PROXY: "lab.example", no_proxy: "lab.example" },
  });
  await bench.ask("POST /devices/f1/connect");
  const { result } = await bench.ask("POST /devices/f1/call", { method: "read_web" });
  equal(result, "7.31 V");
  await instrument.shutdown();
});
