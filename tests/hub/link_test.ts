/** What a bench does while the connection to its hub is cut. */
import { deepStrictEqual as equal, rejects } from "node:assert/strict";
import { headers, type Status } from "@nats-io/transport-node";
import { DevicePublisher } from "../../lib/hub/device_publisher.ts";
import type { HubConnection } from "../../lib/hub/hub_connection.ts";
import { Link } from "../../lib/hub/link.ts";
import { streamSubjects } from "../../lib/hub/names.ts";
import { filledLog } from "../support/filled_log.ts";
import { until } from "../support/until.ts";

/** A link whose connection the test cuts and joins. */
function testLink() {
  const { readable, writable } = new TransformStream<Status, Status>({}, undefined, { highWaterMark: 9 });
  const writer = writable.getWriter();
  const link = new Link({ status: () => readable[Symbol.asyncIterator]() as AsyncIterable<Status> });
  return { link, say: (type: "disconnect" | "reconnect") => writer.write({ type, server: "s" }) };
}

Deno.test("what a hub was to answer ends when the connection is cut, and not by the time limit of each request", async () => {
  const { link, say } = testLink();
  const never = new Promise<void>(() => {});
  equal(await link.within(Promise.resolve(1)), 1);
  const waiting = link.within(never);
  await Promise.all([rejects(waiting, /the connection was cut/), say("disconnect")]);
  await rejects(link.within(never), /the connection was cut/);
  const end = new AbortController();
  const up = link.up(end.signal).then(() => "up");
  await say("reconnect");
  equal(await up, "up");
  equal(await link.within(Promise.resolve(2)), 2);
});

Deno.test("a device publishes nothing while its hub is away, and goes on at once when it is back: it waited for up to 5 s", async () => {
  const { link, say } = testLink();
  const info = {
    created: "now",
    config: { subjects: streamSubjects("lab1"), max_age: 0, max_bytes: -1 },
    state: { messages: 1 },
  };
  let seq = 0;
  let isAway = false;
  let unanswered = 0;
  const taken: string[] = [];
  const hub = {
    ...{ headers, nats: { info: { max_payload: 300_000 } } },
    manager: { streams: { info: () => Promise.resolve(info), getMessage: () => Promise.resolve(null) } },
    js: {
      publish: (_subject: string, _bytes: Uint8Array, { headers }: { headers: Headers }) => {
        if (isAway) return unanswered++, new Promise(() => {});
        taken.push(`${headers.get("Lab-First")}-${headers.get("Lab-Next")}`);
        return Promise.resolve({ seq: ++seq, duplicate: false });
      },
    },
  } as unknown as HubConnection;
  const { log, append } = filledLog();
  append(1);
  const publisher = new DevicePublisher({ hub, bench: "lab1", log, devices: () => 1, link });
  const end = new AbortController();
  const run = publisher.run(end.signal);
  await until("it has published", () => taken.length === 1);
  isAway = true;
  append(1);
  await until("it publishes", () => unanswered === 1);
  await say("disconnect");
  for (let i = 0; i < 5; i++) append(1);
  // Nothing of this looks at a clock.
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setTimeout(resolve, 0));
  equal(unanswered, 1);
  isAway = false;
  await say("reconnect");
  await until("it goes on", () => taken.at(-1)?.endsWith("-7") === true);
  end.abort();
  await run;
});
