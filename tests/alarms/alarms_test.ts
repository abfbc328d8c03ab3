import { deepStrictEqual as equal, match, ok, throws } from "node:assert/strict";
import { Alarms, type AlarmsOptions } from "../../lib/alarms/alarms.ts";
import type { AlarmRule } from "../../lib/alarms/rule.ts";
import { createApp } from "../../lib/http/app.ts";
import type { AlarmsAnswer, AlarmStatus } from "../../lib/wire/alarms.ts";
import { ALARM_RULE } from "../support/alarm_rule.ts";
import { fail, ScriptedInstrument } from "../support/scripted_driver.ts";
import { scriptedBench } from "../support/scripted_bench.ts";
import { type FakeTime, fakeTime } from "../support/time.ts";
import { Watch } from "../support/watch.ts";

/** A bench with one device, "daq1", that is watched; time is the test's. */
async function alarmBench(rules: Partial<AlarmRule>[], options: Partial<AlarmsOptions> = {}) {
  const time = fakeTime();
  const instrument = new ScriptedInstrument({ safe: true });
  const bench = await scriptedBench({}, instrument);
  const { daemon, device } = bench;
  const all = rules.map((rule) => ({ ...ALARM_RULE, name: "voltage", ...rule }));
  const alarms = new Alarms({ bench: daemon, rules: new Map([["daq1", all]]), ...options });
  const app = createApp(daemon, { host: "127.0.0.1", alarms });
  const watch = new Watch(device);
  await device.connect();
  await time.tick(10);
  return {
    ...{ time, instrument, daemon, device, alarms, app },
    /** The states and messages of the events so far. */
    get events() {
      return watch.events.filter(({ event }) => event === "alarm") as unknown as { state: string; message: string }[];
    },
    get first(): AlarmStatus {
      return alarms.list()[0];
    },
    async push(...samples: unknown[]) {
      instrument.push(...samples);
      await pass(time, 10);
    },
    async [Symbol.asyncDispose]() {
      app.close();
      alarms.close();
      watch[Symbol.dispose]();
      await bench[Symbol.asyncDispose]();
      time[Symbol.dispose]();
    },
  };
}

/** Time passes, and what it resolves. */
async function pass(time: FakeTime, ms: number): Promise<void> {
  await time.tick(ms);
  await time.tick(0);
}

Deno.test("a device streams for its alarms; a value beyond the limit is an event with words", async () => {
  await using bench = await alarmBench([{ above: 5.2 }]);
  equal([bench.device.state, bench.first.state, bench.first.watched], ["streaming", "ok", true]);
  await bench.push(5.2);
  equal([bench.events, bench.first.value], [[], 5.2]);
  await bench.push(5.31);
  equal(bench.events.map(({ state, message }) => [state, message]), [["firing", "daq1: value is 5.31, above 5.2"]]);
  equal(bench.first.incident?.worst, 5.31);
});

Deno.test("a spike among many samples fires, and the worst value of an incident is kept", async () => {
  await using bench = await alarmBench([{ above: 5, below: -5 }]);
  await bench.push(...Array(200).fill(1), -9, 7, ...Array(200).fill(1));
  equal([bench.first.state, bench.first.incident?.worst, bench.first.value], ["firing", -9, 1]);
});

Deno.test("with a hysteresis a value has to come back behind the limit", async () => {
  await using bench = await alarmBench([{ above: 5, hysteresis: 0.5, clearsAfterMs: 1_000 }]);
  await bench.push(5.1);
  await bench.push(4.6);
  await pass(bench.time, 5_000);
  equal(bench.first.state, "firing");
  await bench.push(4.5);
  await pass(bench.time, 1_000);
  equal([bench.first.state, bench.events.at(-1)?.message], ["ok", "daq1: value is back at 4.5; it was above 5"]);
});

Deno.test("a value must be beyond the limit for its time; without a new sample the time passes too", async () => {
  await using bench = await alarmBench([{ above: 5, forMs: 5_000 }]);
  await bench.push(6);
  await pass(bench.time, 3_000);
  equal(bench.first.state, "pending");
  await bench.push(4, 6);
  await pass(bench.time, 4_900);
  equal([bench.first.state, bench.events], ["pending", []]);
  await pass(bench.time, 200);
  equal([bench.first.state, bench.first.condition], ["firing", "above 5 for 5s"]);
});

Deno.test("the worst value of an incident is that of the whole time for which its condition was true", async () => {
  await using bench = await alarmBench([{ above: 5, forMs: 5_000 }]);
  await bench.push(10);
  await pass(bench.time, 4_000);
  await bench.push(6);
  await pass(bench.time, 2_000);
  equal([bench.first.state, bench.first.incident?.worst], ["firing", 10]);
  await bench.push(8);
  equal(bench.first.incident?.worst, 10);
  await bench.push(11);
  equal(bench.first.incident?.worst, 11);
});

Deno.test("channels of objects, lists, arrays as base64 and switches are judged; text and null are no values", async () => {
  await using bench = await alarmBench([
    { name: "a", channel: "cpu.total", above: 50 },
    { name: "b", channel: "trace", above: 50 },
    { name: "c", channel: "wave", below: 0 },
    { name: "d", channel: "open", above: 0.5 },
  ]);
  const wave = { dtype: "int16", shape: [3], base64: new Uint8Array(Int16Array.of(1, -3, 2).buffer).toBase64() };
  await bench.push({ cpu: { total: "99" }, trace: null, wave: "x", open: false });
  equal(bench.alarms.list().map(({ state }) => state), ["ok", "ok", "ok", "ok"]);
  await bench.push({ cpu: { total: 51 }, trace: [1, 60, 2], wave, open: true });
  equal(bench.alarms.list().map(({ state, value }) => [state, value]), [
    ["firing", 51],
    ["firing", 60],
    ["firing", -3],
    ["firing", 1],
  ]);
});

Deno.test("a channel that goes silent is an alarm of its own; the next value ends it", async () => {
  await using bench = await alarmBench([{ above: 5, silentMs: 10_000 }]);
  await bench.push(1);
  await pass(bench.time, 9_000);
  equal(bench.alarms.list().map(({ name, state }) => [name, state]), [["voltage", "ok"], ["voltage-silent", "ok"]]);
  await bench.push(null);
  await pass(bench.time, 1_000);
  equal(bench.alarms.list()[1].state, "firing");
  equal(bench.alarms.list()[1].value, null);
  equal(bench.alarms.list()[1].incident?.worst, 10);
  await bench.push(2);
  equal(bench.alarms.list().map(({ state, value }) => [state, value]), [["ok", 2], ["ok", 2]]);
  equal(bench.events.map(({ message }) => message), [
    "daq1: value has had no value for 10 s",
    "daq1: value is back at 2; it had no value for 10 s",
  ]);
});

Deno.test("without a time, silence is judged by the channel's own period", async () => {
  await using bench = await alarmBench([{ above: 5, silentMs: undefined }]);
  const isSilent = () => bench.alarms.list()[1].state === "firing";
  for (let i = 0; i < 3; i++) {
    await bench.push(i);
    await pass(bench.time, 60_000);
  }
  // One value a minute: ten minutes are much.
  await pass(bench.time, 500_000);
  equal(isSilent(), false);
  await pass(bench.time, 100_000);
  equal(isSilent(), true);
});

Deno.test("a device that is stopped or disconnected by a person is not watched, and is not silent", async () => {
  await using bench = await alarmBench([{ above: 5, silentMs: 10_000 }]);
  await bench.push(1);
  await bench.device.disconnect();
  await pass(bench.time, 60_000);
  equal(bench.alarms.list().map(({ state, watched }) => [state, watched]), [["ok", false], ["ok", false]]);
});

Deno.test("an alarm for silence does not state its seconds as the value, also where the channel never existed", async () => {
  await using bench = await alarmBench([{ channel: "v", above: 5, silentMs: 2_000, actions: ["safe"] }]);
  await bench.push({ other: 1 });
  await pass(bench.time, 2_000);
  const message = "daq1: v has had no value for 2.0 s";
  const events = bench.events as unknown as { message: string; value: number | null }[];
  equal(events.map(({ message, value }) => [message, value]), [[message, null]]);
  equal(bench.instrument.count(`safe: alarm: ${message}`), 1);
  await bench.device.disconnect();
  await pass(bench.time, 2_000);
  match(bench.events.at(-1)!.message, /^daq1: v is not watched any more; it had no value for \d/);
});

Deno.test("an alarm makes its instrument safe, once an incident, again while that fails", async () => {
  await using bench = await alarmBench([{ above: 5, actions: ["safe"] }]);
  bench.instrument.next("safe", fail("no answer"));
  await bench.push(6);
  equal([bench.first.incident?.safe, bench.instrument.count("safe: alarm: daq1: value is 6, above 5")], ["failed", 1]);
  await pass(bench.time, 5_000);
  equal([bench.first.incident?.safe, bench.instrument.count("safe: alarm: daq1: value is 6, above 5")], ["done", 2]);
  await bench.push(1, 6, 1, 6);
  await pass(bench.time, 10_000);
  equal([bench.first.incident?.flaps, bench.instrument.calls.filter((it) => it.startsWith("safe")).length], [2, 2]);
});

Deno.test("notices go to people elsewhere: at the begin, at the acknowledgement, and at the end", async () => {
  const notices: string[] = [];
  await using bench = await alarmBench([
    { above: 5, clearsAfterMs: 1_000, actions: ["notify"] },
    { name: "quiet", above: 5 },
  ], { notify: ({ name, state }) => notices.push(`${name} ${state}`) });
  await bench.push(6);
  bench.alarms.acknowledge("daq1", "voltage", "alice", "I look at it");
  equal(bench.first.incident?.acknowledged?.by, "alice");
  await bench.push(1);
  await pass(bench.time, 2_000);
  equal(notices, ["voltage firing", "voltage acknowledged", "voltage ok"]);
});

Deno.test("GET /alarms lists them, and POST …/acknowledge says that a person knows", async () => {
  await using bench = await alarmBench([{ above: 5 }]);
  const ask = async (method: string, path: string, body?: unknown) => {
    const init = { method, headers: { "Content-Type": "application/json" }, body: body && JSON.stringify(body) };
    const response = await bench.app.request(path, init as RequestInit);
    return { status: response.status, value: await response.json() };
  };
  const path = "/devices/daq1/alarms/voltage/acknowledge";
  equal((await ask("POST", path, {})).value.error.type, "AlarmNotFiring");
  await bench.push(6);
  const acknowledged = await ask("POST", path, { note: "cable" });
  equal([acknowledged.status, acknowledged.value.state], [200, "acknowledged"]);
  equal(acknowledged.value.incident.acknowledged.note, "cable");
  const all = await ask("GET", "/alarms");
  equal((all.value as AlarmsAnswer).alarms.map(({ name, state }) => [name, state]), [["voltage", "acknowledged"]]);
  equal((await ask("GET", "/devices/daq1/alarms")).value, all.value);
  const unknown = await ask("POST", "/devices/daq1/alarms/current/acknowledge", {});
  equal([unknown.status, unknown.value.error.type], [404, "AlarmNotFound"]);
  match(unknown.value.error.message, /its alarms are voltage$/);
  equal((await ask("GET", "/devices/nix/alarms")).status, 404);
});

Deno.test("a device that is removed and added again is watched again", async () => {
  await using bench = await alarmBench([{ above: 5 }]);
  await bench.push(6);
  await bench.daemon.removeDevice("daq1");
  equal(bench.alarms.list(), []);
  throws(() => bench.alarms.acknowledge("daq1", "voltage", "alice", null), /Cannot find device/);
  const again = await bench.daemon.addDevice("daq1", "Scripted");
  await again.connect();
  await bench.push(7);
  equal(bench.first.state, "firing");
  ok(bench.first.incident!.incident_id.endsWith("-2"));
});

Deno.test("an incident goes on with the next daemon: acknowledged stays acknowledged, without a new event", async () => {
  let kept: AlarmStatus[] = [];
  {
    await using bench = await alarmBench([{ above: 5.2 }], { keep: () => kept = bench.alarms.list() });
    await bench.push(9);
    bench.alarms.acknowledge("daq1", "voltage", "alice", "the pump is off");
    equal(kept.map(({ state }) => state), ["acknowledged"]);
  }
  await using bench = await alarmBench([{ above: 5.2 }], { kept });
  equal([bench.first.state, bench.first.incident], ["acknowledged", kept[0].incident]);
  await bench.push(6, 7);
  equal([bench.events, bench.first.incident?.worst], [[], 9]);
  await bench.push(1);
  await pass(bench.time, ALARM_RULE.clearsAfterMs + 10);
  equal(bench.events.map(({ state }) => state), ["ok"]);
  equal(bench.first.incident?.incident_id, kept[0].incident?.incident_id);
});

Deno.test("an incident whose rule has changed does not go on; one that was not made safe is tried again", async () => {
  const kept: AlarmStatus[] = [];
  {
    const instrument = alarmBench([{ above: 5.2, actions: ["safe"] }], {});
    await using bench = await instrument;
    bench.instrument.next("safe", fail("the relay is stuck"));
    await bench.push(9);
    kept.push(...bench.alarms.list());
    equal(kept[0].incident?.safe, "failed");
  }
  {
    await using other = await alarmBench([{ above: 6, actions: ["safe"] }], { kept });
    equal([other.first.state, other.first.incident], ["ok", null]);
  }
  await using bench = await alarmBench([{ above: 5.2, actions: ["safe"] }], { kept });
  await pass(bench.time, 10_000);
  equal([bench.first.state, bench.first.incident?.safe], ["firing", "done"]);
  ok(bench.instrument.calls.some((it) => it.startsWith("safe")), bench.instrument.calls.join());
});
