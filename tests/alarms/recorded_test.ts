import { deepStrictEqual as equal, match } from "node:assert/strict";
import { Alarms } from "../../lib/alarms/alarms.ts";
import { ALARM_RULE } from "../support/alarm_rule.ts";
import { webBench } from "../support/web_bench.ts";

Deno.test("an alarm that fires is in the recording, behind the sample that it was judged by", async () => {
  await using bench = await webBench();
  const alarms = new Alarms({ bench: bench.daemon, rules: new Map([["daq1", [{ ...ALARM_RULE, above: 5 }]]]) });
  await bench.ask("POST /recordings", { name: "run" });
  await bench.device.connect();
  bench.instrument.push(4, 6);
  await bench.watch.next(({ event }) => event === "alarm");
  await bench.ask("POST /recordings/run/stop");
  alarms.close();
  const read = async (format: string) =>
    await (await bench.app.request(`/recordings/run/data?format=${format}`)).text();
  const events = (await read("jsonl")).trim().split("\n").map((line) => JSON.parse(line));
  const found = events.filter(({ event }) => ["device_data", "alarm"].includes(event));
  equal(found.map(({ payload, state }) => payload ?? state), [4, 6, "firing"]);
  const [last] = (await read("csv")).split("\n").filter((line) => line.includes("alarm"));
  match(last, /firing/);
});
