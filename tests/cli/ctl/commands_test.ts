import { deepEqual, equal, match } from "node:assert/strict";
import { z } from "zod";
import { defineDriver } from "../../../lib/driver/mod.ts";
import { fail, ScriptedInstrument } from "../../support/scripted_driver.ts";
import { type WebBench, webBench } from "../../support/web_bench.ts";
import { ctl } from "./ctl_bench.ts";

/** Runs a command that must succeed; what it prints. */
async function done(bench: WebBench, ...args: string[]): Promise<string> {
  const { code, out, err } = await ctl(bench.app, args);
  deepEqual([code, err], [0, ""]);
  return out;
}

/** Runs a command that must be refused. Returns its message. */
async function refused(bench: WebBench, code: number, ...args: string[]): Promise<string> {
  const ended = await ctl(bench.app, args);
  deepEqual([ended.code, ended.out], [code, ""]);
  return ended.err;
}

Deno.test("list shows each device with its state, and its last error", async () => {
  await using bench = await webBench();
  bench.instrument.next("connect", fail("no cable"));
  await ctl(bench.app, ["connect", "daq1"]);

  const out = await done(bench, "list");

  match(out, /^ID +TYPE +STATE +SINCE +READERS +RESTARTS +LAST ERROR\n/);
  match(out, /\ndaq1 +Scripted +retrying, next \d\d:\d\d:\d\d +\d\d:\d\d:\d\d +0 +0 +no cable\n$/);
});

Deno.test("list marks devices without a stream, and tail does not wait for their samples", async () => {
  await using bench = await webBench();
  bench.daemon.registerPlugins({ devices: { Mute: new ScriptedInstrument({ streams: false }).driver } });
  await (await bench.daemon.addDevice("mute", "Mute")).connect();

  match(await done(bench, "list"), /\nmute +Mute +connected +\d\d:\d\d:\d\d +no stream +0 *\n/);
  equal(await refused(bench, 1, "tail", "mute"), 'Cannot print samples of "mute": its driver has no stream\n');
});

Deno.test("list --json prints the daemon's answer on one line", async () => {
  await using bench = await webBench();

  const [device] = JSON.parse(await done(bench, "list", "--json"));

  deepEqual([device.device_id, device.state], ["daq1", "disconnected"]);
});

Deno.test("list without devices shows how to add one", async () => {
  await using bench = await webBench();
  await done(bench, "remove", "daq1");

  equal(await done(bench, "list"), "There are no devices. Add one: deno task ctl add <id> <type>\n");
});

Deno.test("a single issue is reported once", async () => {
  await using bench = await webBench();

  const err = await refused(bench, 1, "add", "a,b", "Scripted");

  match(err, /^Cannot name a device "a,b": expected [^\n]*\n$/);
});

Deno.test("states are coloured on a terminal, and not with NO_COLOR or --no-color or in a pipe", async () => {
  await using bench = await webBench();
  await done(bench, "connect", "daq1");
  const coloured = "\x1b[36mconnected\x1b[39m";

  const isColoured = async (args: string[], options?: Parameters<typeof ctl>[2]) =>
    (await ctl(bench.app, ["list", ...args], options)).out.includes(coloured);

  equal(await isColoured([], { terminal: true }), true);
  equal(await isColoured(["--no-color"], { terminal: true }), false);
  equal(await isColoured([], { terminal: true, env: { NO_COLOR: "1" } }), false);
  equal(await isColoured([]), false);
});

Deno.test("a device's message cannot control the terminal", async () => {
  await using bench = await webBench();
  await done(bench, "connect", "daq1");
  bench.instrument.next("work", () => "\x1b[2J\u009b2J\x07");

  const { out } = await ctl(bench.app, ["call", "daq1", "work"], { terminal: true });

  match(out, /^"\\u001b\[2J·2J\\u0007"\n$/);
  bench.instrument.next("work", fail("\x1b]0;mine\x07"));
  equal((await ctl(bench.app, ["call", "daq1", "work"], { terminal: true })).err, "·]0;mine·\n");
});

Deno.test("show prints a device as JSON: for a person on many lines, for a program on one", async () => {
  await using bench = await webBench();

  const plain = await done(bench, "show", "daq1");
  const { out: readable } = await ctl(bench.app, ["show", "daq1"], { terminal: true });

  equal(plain.split("\n").length, 2);
  match(readable, /^\{\n {2}"device_id": "daq1",\n/);
  equal(JSON.parse(readable).device_id, JSON.parse(plain).device_id);
});

Deno.test("drivers and methods list the known ones", async () => {
  await using bench = await webBench();

  match(await done(bench, "drivers"), /\nScripted .*loaded/);
  equal(await done(bench, "methods", "daq1"), 'work [name]\n    name: string, default ""\n');
});

Deno.test("methods shows the limits of a value with their unit, and its choices", async () => {
  await using bench = await webBench();
  const driver = defineDriver({
    name: "Source",
    create: () => ({}),
    methods: {
      set: {
        input: z.object({
          volts: z.number().min(-10).max(10).meta({ unit: "V" }),
          mode: z.enum(["fast", "slow", "5 V"]).default("slow"),
          gain: z.int().positive(),
          ratio: z.number().multipleOf(0.5).nullable(),
          label: z.string().max(8).optional(),
          steps: z.array(z.number().min(0)).min(1).max(3),
          unit_only: z.number().meta({ unit: "Hz", description: "The rate" }),
        }),
        run: () => {},
      },
    },
  });
  bench.daemon.registerPlugins({ devices: { Source: driver } });
  await bench.daemon.addDevice("source1", "Source");

  deepEqual((await done(bench, "methods", "source1")).trimEnd().split("\n").slice(1), [
    "    volts: number, -10 to 10 V",
    '    mode: fast | slow | "5 V", default "slow"',
    "    gain: integer, more than 0",
    "    ratio: number, in steps of 0.5 or null",
    "    label: string, at most 8 characters",
    "    steps: array of number, at least 0, 1 to 3 items",
    "    unit_only: number, Hz, The rate",
  ]);
});

Deno.test("call, add and start refuse a value given both by name and in --json", async () => {
  await using bench = await webBench();
  await done(bench, "connect", "daq1");

  for (
    const [key, ...args] of [
      ["name", "call", "daq1", "work"],
      ["port", "add", "daq2", "Scripted"],
      ["channel", "start", "daq1"],
    ]
  ) {
    const err = await refused(bench, 2, ...args, `${key}=1`, "--json", `{"${key}":"2"}`);
    equal(err, `Cannot take --json {"${key}":"2"}: "${key}" is given twice\n`);
  }
  equal(bench.instrument.count("work 1"), 0);
});

Deno.test("call sends a text for a parameter that is a text, also for 5 and true", async () => {
  await using bench = await webBench();
  await done(bench, "connect", "daq1");

  for (const word of ["on", "5", "name=5", "null", "-5", "name=a=b", "name="]) {
    const expected = word.replace(/^name=/, "");
    equal(await done(bench, "call", "daq1", "work", word), `${JSON.stringify(expected)}\n`);
  }
  equal(await done(bench, "call", "daq1", "work", "--json", '{"name": "x\\ny"}'), '"x\\ny"\n');
});

Deno.test("a device can be added, connected, started, stopped, disabled, enabled, disconnected and removed", async () => {
  await using bench = await webBench();

  match(await done(bench, "add", "daq2", "Scripted", "port=5"), /^Added daq2\. .*ctl connect daq2\n$/);
  deepEqual(bench.daemon.getDevice("daq2").plan.params, { port: "5" });
  equal(await done(bench, "connect", "daq2"), "daq2 is connected\n");
  equal(await done(bench, "start", "daq2", "sample_rate=100", "channel=7"), "daq2 is streaming\n");
  deepEqual(bench.instrument.runs, [{ sample_rate: 100, channel: "7" }]);
  equal(await done(bench, "stop", "daq2"), "daq2 has stopped\n");
  equal(await done(bench, "disable", "daq2"), "daq2 is disabled\n");
  match(await refused(bench, 1, "connect", "daq2"), /it is disabled/);
  match(await done(bench, "enable", "daq2"), /^daq2 is connect(ing|ed)\n$/);
  equal(await done(bench, "disconnect", "daq2"), "daq2 is disconnected\n");
  equal(await done(bench, "remove", "daq2"), "Removed daq2\n");
  equal(bench.daemon.devices().length, 1);
});

Deno.test("error shows the last error of a device, and clears it with --clear", async () => {
  await using bench = await webBench();
  equal(await done(bench, "error", "daq1"), "daq1 has no error\n");
  bench.instrument.next("connect", fail("no cable", "SerialError"));
  await ctl(bench.app, ["connect", "daq1"]);

  match(await done(bench, "error", "daq1"), /^\d\d:\d\d:\d\d {2}SerialError: no cable\n$/);
  await done(bench, "error", "daq1", "--clear");
  equal(await done(bench, "error", "daq1"), "daq1 has no error\n");
});

Deno.test("a device's failure is reported with the device's message, and code 1", async () => {
  await using bench = await webBench();
  await done(bench, "connect", "daq1");
  bench.instrument.next("work", fail("the lamp is cold"));

  equal(await refused(bench, 1, "call", "daq1", "work"), "the lamp is cold\n");
});

Deno.test("a misspelt name is answered with the closest known one", async () => {
  await using bench = await webBench();
  await done(bench, "connect", "daq1");
  const cases: [code: number, args: string[], problem: RegExp][] = [
    [1, ["show", "dag1"], /^Cannot find device "dag1": known devices are daq1\. Did you mean daq1\?\n$/],
    [1, ["show", "laser"], /^Cannot find device "laser": known devices are daq1\n$/],
    [1, ["watch", "dag1"], /Did you mean daq1\?\n$/],
    [1, ["tail", "dag1"], /Did you mean daq1\?\n$/],
    [1, ["call", "daq1", "wrok"], /known methods are work\. Did you mean work\?\n$/],
    [1, ["add", "x", "scriptd"], /known types are Scripted\. Did you mean Scripted\?\n$/],
    [
      2,
      ["call", "daq1", "work", "nmae=5"],
      /^Cannot take "nmae=5": there is no "nmae", known are name; did you mean name\?\n$/,
    ],
    [2, ["start", "daq1", "sample_rat=5"], /did you mean sample_rate\?\n$/],
    [2, ["lst"], /^Unknown command 'lst'\. Did you mean list\? /],
    [2, ["list", "--jsn"], /^Unknown option '--jsn'\. Did you mean --json\? /],
  ];
  for (const [code, args, problem] of cases) match(await refused(bench, code, ...args), problem);
});

Deno.test("each issue of a refused form has a line of its own", async () => {
  await using bench = await webBench();

  const err = await refused(bench, 1, "add", "daq2", "Scripted", "--json", '{"port": 5, "prot": 6}');

  deepEqual(err.split("\n").map((line) => line.slice(0, 9)), ["Cannot ad", "  port: e", "  prot: u", ""]);
});
