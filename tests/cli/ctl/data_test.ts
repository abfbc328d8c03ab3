import { deepEqual, equal, match } from "node:assert/strict";
import { parse } from "yaml";
import { webBench } from "../../support/web_bench.ts";
import { fail } from "../../support/scripted_driver.ts";
import { ctl } from "./ctl_bench.ts";

const PRINTS_DATA = [
  "list",
  "show daq1",
  "drivers",
  "methods daq1",
  "calls",
  "get daq1",
  "error daq1",
  "snapshot",
  "safe",
  "doctor",
  "lease list",
  "alarms",
  "call daq1 work",
];

Deno.test("JSON and YAML are the same answer, for every command that prints data", async () => {
  await using bench = await webBench();
  bench.instrument.next("connect", fail("no: cable\n- #1"));
  await ctl(bench.app, ["connect", "daq1"]);

  for (const line of PRINTS_DATA) {
    const print = async (form: string) => {
      const { out } = await ctl(bench.app, [...line.split(" "), "--output", form]);
      return out;
    };
    const json = await print("json");
    equal(json.split("\n").length <= 2, true, line);
    // The time of the next try and the like may have passed on.
    const steady = (value: unknown) => JSON.stringify(value).replaceAll(/"[^"]*\d\d:\d\d:\d\d[^"]*"|[\d.e-]+/g, "·");
    equal(steady(parse(await print("yaml"))), steady(json === "" ? null : JSON.parse(json)), line);
  }
});

Deno.test("--json is short for --output json", async () => {
  await using bench = await webBench();

  for (const line of [["list"], ["show", "daq1"], ["drivers"]]) {
    const short = await ctl(bench.app, [...line, "--json"]);
    const long = await ctl(bench.app, [...line, "--output", "json"]);
    deepEqual([short.code, JSON.parse(short.out)], [0, JSON.parse(long.out)]);
  }
});

Deno.test("an answer without a table of its own gets one of its keys", async () => {
  await using bench = await webBench();

  const { out } = await ctl(bench.app, ["show", "daq1", "--output", "table"]);

  match(out, /^KEY +VALUE\ndevice_id +daq1\n/);
  match(out, /\nparams +\{.*\}\n/);
});

Deno.test("logs are a list in YAML, and a line each in JSON", async () => {
  await using bench = await webBench();
  await ctl(bench.app, ["connect", "daq1"]);

  const yaml = parse((await ctl(bench.app, ["logs", "daq1", "--output", "yaml"])).out);
  const json = (await ctl(bench.app, ["logs", "daq1", "--json"])).out.trimEnd().split("\n");

  deepEqual(yaml, json.map((line) => JSON.parse(line)));
  equal(yaml.length > 0, true);
});

Deno.test("an unknown form is wrong usage, and names the known ones", async () => {
  await using bench = await webBench();

  const { code, err } = await ctl(bench.app, ["list", "--output", "xml"]);

  equal(code, 2);
  match(err, /'xml' is invalid\. Allowed choices are table, json, yaml\./);
});
