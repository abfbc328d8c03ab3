/** A receiver of notices, on a real socket. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { createHmac } from "node:crypto";
import { Webhook } from "../../lib/alarms/webhook.ts";
import type { AlarmEvent } from "../../lib/wire/events.ts";
import { within } from "../support/until.ts";

const EVENT: AlarmEvent = {
  event: "alarm",
  device_id: "daq1",
  timestamp: "2026-11-26T08:00:05.120000Z",
  ...{ name: "value", channel: "value", state: "firing", message: "daq1: value is 9.81 °C", value: 9.81 },
  incident_id: "k3f9-1",
};

const KEY = new TextEncoder().encode("a key of thirty-two bytes, or so");

/** What a receiver has got, and how it answers: the statuses in order, then 204. */
function receiver(...statuses: number[]) {
  const requests: { headers: Headers; body: string }[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    requests.push({ headers: request.headers, body: await request.text() });
    for (const { count, resolve } of waiting) if (requests.length >= count) resolve();
    return new Response(null, { status: statuses.shift() ?? 204 });
  });
  return {
    requests,
    url: `http://127.0.0.1:${server.addr.port}/hook`,
    got: (count: number) =>
      within(
        new Promise<void>((resolve) => requests.length >= count ? resolve() : waiting.push({ count, resolve })),
        () => `${requests.length} of ${count} notices came`,
      ),
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

Deno.test("a notice is sent again until it is taken, in order, and signed as Standard Webhooks says", async () => {
  await using hook = receiver(500, 503);
  const webhook = new Webhook({ url: hook.url, secret: `whsec_${KEY.toBase64()}`, initialDelayMs: 1 });
  webhook.send(EVENT);
  webhook.send({ ...EVENT, state: "ok" });
  await hook.got(4);
  webhook.close();
  equal(hook.requests.map(({ body }) => JSON.parse(body).state), ["firing", "firing", "firing", "ok"]);
  const { headers, body } = hook.requests[2];
  const [id, seconds] = [headers.get("webhook-id"), headers.get("webhook-timestamp")];
  const signature = createHmac("sha256", KEY).update(`${id}.${seconds}.${body}`).digest("base64");
  equal([id, headers.get("webhook-signature")], ["k3f9-1-firing", `v1,${signature}`]);
  ok(Math.abs(Date.now() / 1000 - Number(seconds)) < 60);
  equal(JSON.parse(body), EVENT);
});

Deno.test("without a secret nothing is signed, and a webhook that is closed sends nothing more", async () => {
  await using hook = receiver();
  const webhook = new Webhook({ url: hook.url });
  webhook.send(EVENT);
  await hook.got(1);
  equal(hook.requests[0].headers.get("webhook-signature"), null);
  webhook.close();
  const refused = new Webhook({ url: "http://127.0.0.1:2/" });
  refused.send(EVENT);
  refused.close();
});
