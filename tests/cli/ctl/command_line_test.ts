import { deepEqual, equal, match, ok } from "node:assert/strict";
import { COMMANDS } from "../../../lib/cli/ctl/commands/mod.ts";
import { readCommandLine } from "../../../lib/cli/ctl/command_line.ts";
import { ctl } from "./ctl_bench.ts";

/** Nobody answers. */
const nobody = { fetch: () => Promise.reject(new TypeError("connection refused")) };

Deno.test("wrong usage is told in one line, with code 2", async () => {
  const cases: [args: string[], problem: RegExp][] = [
    [["show"], /^Cannot show: <id> is missing\. Usage: deno task ctl show <id>\n$/],
    [["show", "a", "b"], /^Cannot show: "b" is too much\. Usage: deno task ctl show <id>\n$/],
    [["show", ".."], /^Cannot show "\.\.": no device is called that\n$/],
    [["show", "--url"], /^--url needs a value: --url <address>\n$/],
    [["list", "--json=yes"], /^--json takes no value, found "yes"\n$/],
    [["list", "--url", "localhost:5000"], /^Cannot use "localhost:5000" as the daemon's address/],
    [["list", "--timeout", "5"], /^Cannot read a duration: expected .* found "5"\n$/],
    [["tail", "a", "--count", "0"], /^--count is a whole number from 1, found "0"\n$/],
    [["tail", "a", "--format", "xml"], /^--format is jsonl or csv, found "xml"\n$/],
    [["tail", "a", "--format", "csv", "--events"], /^--events goes with jsonl/],
    [["tail", "a", "fast"], /^Cannot take "fast": expected option=value\n$/],
    [["tail", "a", "max_rate=5"], /^Cannot take "max_rate=5": write --max-rate 5\n$/],
    [["tail", "a", "--max-rate", "fast"], /^--max-rate is a number of samples a second, found "fast"\n$/],
    [["watch", "--max-rate", "-1"], /^--max-rate is a number of samples a second, found "-1"\n$/],
  ];
  for (const [args, problem] of cases) {
    const { code, out, err } = await ctl(nobody, args);
    deepEqual([code, out], [2, ""], args.join(" "));
    match(err, problem);
  }
});

Deno.test("without a command it says what there is, with code 2; with --help the same is no error", async () => {
  const none = await ctl(nobody, []);
  const help = await ctl(nobody, ["--help"]);

  deepEqual([none.code, none.out, help.code, help.err], [2, "", 0, ""]);
  equal(none.err, help.out);
  for (const { name, about } of COMMANDS) match(help.out, new RegExp(`\\n  ${name}[ <].*  ${about}\\n`));
  match(help.out, /\n {2}3 {4}no daemon answers\n/);
});

Deno.test("every command has help of its own, with each of its options, and nobody need answer for it", async () => {
  for (const { name, options = {} } of COMMANDS) {
    const { code, out } = await ctl(nobody, [name, "-h"]);
    equal(code, 0);
    match(out, new RegExp(`Usage: deno task ctl ${name}`));
    for (const option of Object.keys(options)) ok(out.includes(`\n  --${option} `), `${name} --${option}`);
  }
});

Deno.test("options may stand anywhere, negative numbers are words, and -- ends the options", () => {
  const read = (...args: string[]) => readCommandLine(args, COMMANDS).given;

  const given = read("--", "--url", "http://a", "call", "--json={}", "daq1", "set", "-5.5", "-.5", "--no-color");
  deepEqual(given.words, ["daq1", "set", "-5.5", "-.5"]);
  deepEqual([given.value("url"), given.value("json"), given.has("no-color")], ["http://a", "{}", true]);
  deepEqual(read("call", "daq1", "set", "--", "--json").words, ["daq1", "set", "--json"]);
});

Deno.test("where nobody answers it says so, with code 3", async () => {
  const { code, err } = await ctl(nobody, ["list"], { env: { LABDAEMON_URL: "http://bench:5001" } });

  equal(code, 3);
  match(
    err,
    /^No daemon answers at http:\/\/bench:5001: start one by "deno task serve", or say by --url where it is\n/,
  );
});

Deno.test("--url goes before LABDAEMON_URL", async () => {
  const { err } = await ctl(nobody, ["list", "--url", "http://a"], { env: { LABDAEMON_URL: "http://b" } });

  match(err, /^No daemon answers at http:\/\/a:/);
});

Deno.test("an answer that comes too late is code 3 too", async () => {
  const late = await ctl({ fetch: () => new Promise<Response>(() => {}) }, ["list", "--timeout", "1ms"]);

  equal(late.code, 3);
  match(late.err, /no answer within 1 ms/);
});

Deno.test("a server that is no LabDaemon is called that, without its HTML, with code 3", async () => {
  for (const status of [200, 404]) {
    const server = { fetch: () => new Response("<!doctype html><h1>Hello</h1>", { status }) };
    for (const args of [["list"], ["tail", "daq1"], ["watch"], ["call", "daq1", "work"]]) {
      const { code, out, err } = await ctl(server, args);
      deepEqual([code, out], [3, ""]);
      equal(
        err,
        `http://127.0.0.1:5000 answers (status ${status}), but is no LabDaemon: say by --url where one is\n`,
      );
    }
  }
});
