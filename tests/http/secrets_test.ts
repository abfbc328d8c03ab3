import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { z } from "zod";
import { defineDriver } from "../../lib/driver/mod.ts";
import { scriptedDevice } from "../support/scripted_host.ts";
import { settled } from "../support/watch.ts";
import { webBench } from "../support/web_bench.ts";

const SECRET = "hunter2-and-more";

/** A driver whose every failure quotes its secrets. */
const leaky = defineDriver({
  name: "Leaky",
  params: z.object({
    host: z.string(),
    pin: z.string().meta({ secret: true }).optional(),
    password: z.string().nullish(),
    account: z.object({ api_key: z.string(), user: z.string() }).optional(),
    keys: z.array(z.string().meta({ secret: true })).optional(),
  }),
  options: z.object({ token: z.string().default("") }),
  permissions: ({ password, host }) => {
    if (host === "refused") throw new Error(`no permissions for ${password}`);
    return {};
  },
  create: ({ pin, host }) => ({
    connect: () => {
      if (host === "away") throw new Error(`login with ${pin} failed`);
    },
    async *stream() {
      yield await Promise.resolve(0);
      throw new Error(`${pin} has expired`);
    },
  }),
  methods: {
    login: {
      input: z.object({}),
      run: (_, __, { progress }) => {
        progress(0.5, `logging in with ${SECRET}`);
        const name = `Refused_${SECRET}`;
        throw Object.assign(new Error(`cannot log in with ${SECRET}`), { name, context: { tried: [SECRET] } });
      },
    },
  },
});

Deno.test("secrets of params are masked in every answer and event", async () => {
  await using bench = await webBench();
  bench.daemon.registerPlugins({ devices: { Leaky: leaky } });
  const params = {
    host: "rack1",
    pin: SECRET,
    password: SECRET,
    account: { api_key: SECRET, user: "ann" },
    keys: [SECRET, "k2"],
  };
  const created = await bench.ask<{ params: unknown }>("POST /devices", {
    device_id: "leaky1",
    device_type: "Leaky",
    params,
  });
  const masked = "********";
  equal(created.body.params, {
    host: "rack1",
    pin: masked,
    password: masked,
    account: { api_key: masked, user: "ann" },
    keys: [masked, masked],
  });
  await bench.ask("POST /devices/leaky1/connect");
  await using watching = await bench.open("/stream?devices=leaky1&no_samples=true");
  const { error: { type, message, context } } = (await bench.ask<{
    error: { type: string; message: string; context: object };
  }>(
    "POST /devices/leaky1/call",
    { method: "login" },
  )).body;
  match(message, /cannot log in with \*{8}/);
  equal(type, `Refused_${masked}`);
  ok(!JSON.stringify(context).includes(SECRET));

  equal((await watching.next(({ event }) => event === "progress")).text, `logging in with ${masked}`);

  await using reader = await bench.open("/stream/devices/leaky1?token=abcd-efgh");
  await reader.next(({ event }) => event === "stream_error");
  await settled();
  const away = { device_id: "leaky2", device_type: "Leaky", params: { host: "away", pin: SECRET } };
  await bench.ask("POST /devices", away);
  await bench.ask("POST /devices/leaky2/connect");
  const refused = { device_id: "leaky3", device_type: "Leaky", params: { host: "refused", password: SECRET } };
  const answers = [
    created.text,
    JSON.stringify(reader.events),
    (await bench.ask("POST /devices", refused)).text,
    ...await Promise.all(
      ["/devices", "/devices/leaky1", "/devices/leaky2/error", "/drivers", "/openapi.json"].map(async (path) =>
        (await bench.ask(`GET ${path}`)).text
      ),
    ),
  ];
  for (const text of answers) ok(!text.includes(SECRET) && !text.includes("abcd-efgh"), text.slice(0, 2_000));
});

Deno.test("a password that is not given shows as such", async () => {
  await using bench = await webBench();
  bench.daemon.registerPlugins({ devices: { Leaky: leaky } });
  const { body } = await bench.ask<{ params: object }>("POST /devices", {
    device_id: "leaky1",
    device_type: "Leaky",
    params: { host: "rack1", password: null },
  });
  equal(body.params, { host: "rack1", password: null });
});

Deno.test("secrets are masked in the warnings of a device, whose messages quote samples", async () => {
  const { device, hosts } = scriptedDevice();
  device.replacePlan({ ...device.plan, params: { password: SECRET } });
  await device.connect();
  hosts[0].events.warn!(`Odd_${SECRET}`, `found "${SECRET} and more"`);
  equal(device.status().warnings.map(({ type, message }) => [type, message]), [
    ["Odd_********", 'found "******** and more"'],
  ]);
  await device.disconnect();
});
