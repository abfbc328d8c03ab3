/** A recording as a device has the schema of the recorded one: whoever shows it finds its units, and what the device was then. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { defineDriver, stamped } from "labdaemon/driver";
import { z } from "zod";
import replay from "../../drivers/replay.ts";
import { Alarms } from "../../lib/alarms/alarms.ts";
import type { DeviceStatus } from "../../lib/wire/device.ts";
import { ALARM_RULE } from "../support/alarm_rule.ts";
import type { EventFields } from "../support/event_fields.ts";
import { recordingBench } from "../support/recording_bench.ts";
import { until } from "../support/until.ts";

const supply = defineDriver({
  name: "Supply",
  sample: z.object({ voltage: z.number().meta({ unit: "V" }), state: z.enum(["idle", "ramping"]) }),
  create: () => ({
    async *stream() {
      yield stamped(0, { voltage: 1.5, state: "idle" as const });
      yield stamped(1_000, { voltage: 2.5, state: "ramping" as const });
    },
  }),
  properties: { limit: { schema: z.number().meta({ unit: "A" }), get: () => 3 } },
});

/** A bench with the recording `run` of a supply, and `again1`, which replays it. */
async function replayBench() {
  const it = await recordingBench();
  it.daemon.registerPlugins({ devices: { Supply: supply, Replay: replay } });
  const psu = await it.daemon.addDevice("psu1", "Supply");
  await psu.connect();
  const run = await it.recordings.start({ name: "run", devices: ["psu1"] });
  await until("all is stored", () => it.stored("run").some(({ sequence }) => sequence === 1));
  await it.recordings.stop(run);
  const again = await it.daemon.addDevice("again1", "Replay", { recording: "run", speed: 100 });
  return { ...it, psu, again };
}

Deno.test("a replayed device has the units and the words of the recorded one, once it is connected", async () => {
  await using it = await replayBench();
  const { again, psu, ask } = it;
  const status = async () => (await ask("GET /devices/again1")).body as DeviceStatus;
  equal((await status()).sample, undefined);
  const copy = await it.recordings.start({ name: "copy", devices: ["again1"] });
  await again.connect();
  equal(again.sample, psu.sample);
  equal((await status()).sample, psu.sample);
  // A device whose samples are those of its driver does not repeat them.
  equal(((await ask("GET /devices/psu1")).body as DeviceStatus).sample, undefined);

  // The next recording, alarms and the past.
  await until("it is replayed", () => it.stored("copy").filter(({ event }) => event === "device_data").length === 2);
  await it.recordings.stop(copy);
  const described = it.stored("copy").findLast(({ event }) => event === "descriptor") as EventFields;
  equal(described.sample, psu.sample);
  using alarms = disposable(
    new Alarms({
      bench: it.daemon,
      rules: new Map([["again1", [{ ...ALARM_RULE, name: "high", channel: "voltage", above: 9 }]]]),
    }),
  );
  equal(alarms.list()[0].unit, "V");
  const { body } = await ask(`GET /devices/again1/history?from=2020-01-01T00:00:00Z&points=10`);
  const { channels } = body as { channels: { name: string; unit?: string }[] };
  equal(channels.map(({ name, unit }) => [name, unit]), [["voltage", "V"]]);

  // The description of the bench for programs.
  const { paths, components } = (await ask("GET /openapi.json")).body as {
    paths: Record<string, Record<string, unknown>>;
    components: { schemas: Record<string, { properties?: Record<string, Record<string, unknown>> }> };
  };
  ok(JSON.stringify(paths["/stream/devices/again1"]).includes("Replay.devices.again1.device_data"));
  equal(components.schemas["Replay.devices.again1.sample"].properties?.voltage["x-unit"], "V");
});

Deno.test("the properties of a replayed device say what the recorded one was at this place", async () => {
  await using it = await replayBench();
  await it.again.connect();
  match(String(await it.again.getProperty("recorded_state")), /^(connected|streaming)$/);
  await it.again.startStreaming();
  const values = async () => JSON.stringify(await it.again.getProperty("recorded_properties"));
  await until("the recording is replayed to its end", async () => await values() === '{"limit":3}');
});

function disposable(alarms: Alarms): Alarms & Disposable {
  return Object.assign(alarms, { [Symbol.dispose]: () => alarms.close() });
}
