import { deepStrictEqual as equal, match } from "node:assert/strict";
import { hubbedBench, openView } from "../../support/hub_view.ts";
import { natsServer } from "../../support/nats_server.ts";
import { until } from "../../support/until.ts";
import { ctl } from "./ctl_bench.ts";

Deno.test("ctl list, doctor and lease list of a view show that a bench is away, and not that it streams", async () => {
  await using server = await natsServer();
  await using here = await hubbedBench(server, "lab1");
  await using gone = await hubbedBench(server, "lab2");
  await here.device.connect();
  await gone.device.connect();
  await using fleet = await openView(server, ["lab1", "lab2"]);
  const run = (...args: string[]) => ctl(fleet.app, args);
  equal((await run("lease", "take", "lab2/daq1", "--purpose", "IV curve")).code, 0);
  const owners = () => fleet.ask("GET /benches").then(({ body }) => body.benches[1].owners.length === 1);
  await until("the view knows the states and the owner", async () => {
    const known = ["lab1", "lab2"].every((it) =>
      fleet.view.benches.get(it)!.devices.get("daq1")?.state === "connected"
    );
    return known && await owners();
  });
  await gone.hub.close();
  await until("lab2 is away", () => !fleet.view.benches.get("lab2")!.isThere);
  const listed = (await run("list")).out;
  match(listed, /lab1\/daq1 +\w+ +connected /);
  match(listed, /lab2\/daq1 +\w+ +away since [\d:]+, was connected /);
  const wrong = await run("doctor");
  equal(wrong.code, 1);
  match(
    wrong.out,
    /^lab2 \(machine\): The bench is away since [\d:]+: its devices are shown as they were then\n {2}→ /,
  );
  const leases = await run("lease", "list");
  match(leases.err, /^Not complete: Bench "lab2" is away since/);
});
