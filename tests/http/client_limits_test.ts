/** The limits of one client, so that the others have the rest. */
import { deepStrictEqual as equal } from "node:assert/strict";
import { fakeTime } from "../support/time.ts";
import { tokenFolder } from "../support/token_folder.ts";
import { webBench } from "../support/web_bench.ts";

Deno.test("a token that sends too many requests is refused until it pauses, and no other token is", async () => {
  await using tokens = await tokenFolder();
  const [alice, bob] = [await tokens.token("alice", "read"), await tokens.token("bob", "read")];
  using time = fakeTime();
  const clientLimits = { requestsPerSecond: 2, requestsAtOnce: 3 };
  await using bench = await webBench({}, { host: "127.0.0.1", access: tokens.access, clientLimits });
  const statuses = async (count: number, headers: HeadersInit) => {
    const found = [];
    for (let i = 0; i < count; i++) found.push((await bench.ask("GET /devices", undefined, headers)).status);
    return found;
  };
  equal(await statuses(5, alice), [200, 200, 200, 429, 429]);
  equal(await statuses(2, bob), [200, 200]);
  const refused = await bench.ask<{ error: { type: string } }>("GET /devices", undefined, alice);
  equal([refused.body.error.type, refused.headers.get("retry-after")], ["TooManyRequests", "1"]);
  await time.tick(1_000);
  equal(await statuses(3, alice), [200, 200, 429]);
  // What supervisors ask has no token.
  equal((await bench.ask("GET /health")).status, 200);
});

Deno.test("a token with too many streams gets no other one until it closes one, and starts no device by that", async () => {
  await using tokens = await tokenFolder();
  const [alice, bob] = [await tokens.token("alice", "control"), await tokens.token("bob", "control")];
  const clientLimits = { streamsOfToken: 1, streams: 2 };
  await using bench = await webBench({}, { host: "127.0.0.1", access: tokens.access, clientLimits });
  const one = await bench.open("/stream/devices/daq1", alice);
  equal((await bench.refusal("GET /stream?devices=*", undefined, alice)).type, "TooManyRequests");
  await using two = await bench.open("/stream?devices=*", bob);
  const carol = await tokens.token("carol", "control");
  const full = await bench.ask<{ error: { type: string } }>("GET /stream/devices/daq1", undefined, carol);
  equal([full.status, full.body.error.type, full.headers.get("retry-after")], [503, "Unavailable", "5"]);
  equal(bench.device.status().stream.readers, 2);
  await one.leave();
  // A stream that cannot be opened takes no place.
  equal((await bench.refusal("GET /stream/devices/absent", undefined, alice)).status, 404);
  await using again = await bench.open("/stream/devices/daq1", alice);
  equal([two.response.status, again.response.status], [200, 200]);
});

Deno.test("where no token is needed, the streams of one address are limited, and those behind a trusted proxy are not", async () => {
  const clientLimits = { requestsAtOnce: 1, requestsPerSecond: 1, streamsOfToken: 1, streamsOfAddress: 2 };
  await using bench = await webBench({}, { host: "127.0.0.1", clientLimits, trustedProxies: ["10.0.0.9"] });
  for (let i = 0; i < 5; i++) equal((await bench.ask("GET /devices")).status, 200);
  const open = (hostname: string) =>
    bench.app.fetch(new Request("http://127.0.0.1/stream/devices/daq1"), { remoteAddr: { hostname } });
  const responses: Response[] = [];
  const addresses = ["10.0.0.1", "::ffff:10.0.0.1", "10.0.0.1", "10.0.0.2", "10.0.0.9", "10.0.0.9", "10.0.0.9"];
  for (const hostname of addresses) responses.push(await open(hostname));
  equal(responses.map(({ status }) => status), [200, 200, 429, 200, 200, 200, 200]);
  equal(responses[2].headers.get("retry-after"), "1");
  const { error } = await responses[2].json();
  equal(error.type, "TooManyRequests");
  await responses[0].body!.cancel();
  const again = await open("10.0.0.1");
  equal(again.status, 200);
  for (const { body, status } of [...responses.slice(1), again]) if (status === 200) await body!.cancel();
});

Deno.test("a connection without room is answered with the reason, whatever it asks for", async () => {
  await using bench = await webBench();
  const statuses = [];
  for (const refusal of ["client", "daemon"] as const) {
    const { status, headers } = await bench.app.fetch(new Request("http://127.0.0.1/nowhere"), { refusal });
    statuses.push([status, headers.get("retry-after")]);
  }
  equal(statuses, [[429, "5"], [503, "5"]]);
});
