import { deepStrictEqual as equal, match } from "node:assert/strict";
import { Alarms } from "../../../lib/alarms/alarms.ts";
import { createApp } from "../../../lib/http/app.ts";
import { ALARM_RULE } from "../../support/alarm_rule.ts";
import { scriptedBench } from "../../support/scripted_bench.ts";
import { ctl } from "./ctl_bench.ts";

Deno.test("ctl alarms lists alarms with their values; ctl alarms ack acknowledges one that fires", async () => {
  await using bench = await scriptedBench();
  const rules = new Map([["daq1", [{ ...ALARM_RULE, above: 5 }]]]);
  const alarms = new Alarms({ bench: bench.daemon, rules });
  const app = createApp(bench.daemon, { host: "127.0.0.1", alarms });
  const run = (...args: string[]) => ctl(app, args);
  match((await run("alarms")).out, /daq1 +value +not watched .* - +above 5\n/);
  await bench.device.connect();
  bench.instrument.push(6.5);
  await bench.watch.next(({ event }) => event === "alarm");
  match((await run("alarms", "list", "daq1")).out, /daq1 +value +firing .* 6\.5 +above 5\n/);
  equal((await run("alarms", "ack", "daq1", "value", "--note", "pump off")).code, 0);
  match((await run("alarms", "--json")).out, /"note": ?"pump off"/);
  const again = await run("alarms", "ack", "daq1", "value");
  equal([again.code, /it is acknowledged/.test(again.err)], [1, true]);
  alarms.close();
  app.close();
});
