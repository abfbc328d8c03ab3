/** A real hub that stores nothing: its store has no more room, or it has none. */
import { deepStrictEqual as equal, match, rejects } from "node:assert/strict";
import { openConnection } from "../../lib/hub/hub_connection.ts";
import { BUCKET } from "../../lib/hub/names.ts";
import { hubbedBench, openView } from "../support/hub_view.ts";
import { natsServer } from "../support/nats_server.ts";
import { until } from "../support/until.ts";

Deno.test("a bench whose hub is full is not shown as away: the view says that the hub is full, and the bench answers", async () => {
  await using server = await natsServer();
  await using _bench = await hubbedBench(server, "lab3");
  await using view = await openView(server, ["lab3"]);
  const { nats, manager } = await openConnection({ servers: [server.url] }, "operator");
  const name = `KV_${BUCKET}`;
  const { config } = await manager.streams.info(name);
  const shown = async () => (await view.ask("GET /benches")).body.benches[0];
  await manager.streams.update(name, { ...config, max_bytes: 1 });
  await until("the view says so", async () => (await shown()).not_stored !== undefined);
  const { state, away_since, not_stored } = await shown();
  equal([state, away_since], ["there", null]);
  match(not_stored, /maximum bytes|resources/);
  equal((await view.ask("GET /devices/lab3/daq1")).status, 200);
  await manager.streams.update(name, config);
  await until("it is stored again", async () => (await shown()).not_stored === undefined);
  equal((await shown()).state, "there");
  await nats.close();
});

Deno.test("the error of a bench at a server that gives it no JetStream says what to change", async () => {
  const account = 'accounts { LAB { users: [{ user: bench, password: "" }] } }\nno_auth_user: bench\n';
  await using server = await natsServer(account);
  const advice = /has no JetStream for this user: .* name the address of the hub itself/;
  await rejects(openConnection({ servers: [server.url] }, "bench"), advice);
});
