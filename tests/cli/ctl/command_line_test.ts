import { deepEqual, equal, match, ok } from "node:assert/strict";
import type { Command } from "commander";
import { parse } from "../../../lib/cli/command_line.ts";
import { ctlProgram } from "../../../lib/cli/ctl/run.ts";
import { ctl } from "./ctl_bench.ts";

/** A daemon that does not answer. */
const unreachable = { fetch: () => Promise.reject(new TypeError("connection refused")) };

const { commands } = ctlProgram(() => {
  throw new Error("no command runs here");
});

/** The command of a line, with its words and options. It does not run. */
async function read(...args: string[]): Promise<Command> {
  let found: Command | undefined;
  const program = ctlProgram(() => {
    throw new Error("no command runs here");
  });
  program.hook("preAction", (_, command) => {
    found = command;
    throw new Error("read");
  });
  await parse(program, args).catch(() => {});
  return found!;
}

Deno.test("wrong usage is reported in one line, with code 2", async () => {
  const cases: [args: string[], problem: RegExp][] = [
    [["show"], /^Missing required argument 'id'\. Help: deno task ctl show --help\n$/],
    [["show", "a", "b"], /^Too many arguments for 'show'\. .*: a, b\. Help: deno task ctl show --help\n$/],
    [["show", ".."], /'\.\.' is invalid for argument 'id'\. No device has this id\./],
    [["show", "--url"], /^Option '--url <address>' argument missing\. Help: deno task ctl show --help\n$/],
    [["list", "--json=yes"], /^Unknown option '--json=yes'\. .*Help: deno task ctl list --help\n$/],
    [["list", "--url", "localhost:5000"], /^Cannot use "localhost:5000" as the daemon's address/],
    [["list", "--timeout", "5"], /Cannot read a duration: expected .* found "5"\. Help: deno task ctl list --help\n$/],
    [["tail", "a", "--count", "0"], /'--count <number>' argument '0' is invalid\. Expected a whole number from 1\./],
    [["tail", "a", "--format", "xml"], /argument 'xml' is invalid\. Allowed choices are jsonl, csv\./],
    [["tail", "a", "--format", "csv", "--events"], /^--events goes with jsonl/],
    [["tail", "a", "fast"], /^Cannot take "fast": expected option=value\n$/],
    [["tail", "a", "max_rate=5"], /^Cannot take "max_rate=5": write --max-rate 5\n$/],
    [["tail", "a", "--max-rate", "fast"], /'--max-rate <Hz>' argument 'fast' is invalid\. Expected a number above 0\./],
    [["watch", "--max-rate", "-1"], /'--max-rate <Hz>' argument '-1' is invalid\. Expected a number above 0\./],
    [["call", "a", "b", "--json", "[1]"], /'\[1\]' is invalid\. Expected a JSON object\./],
    [["lst"], /^Unknown command 'lst'\. Did you mean list\? Help: deno task ctl --help\n$/],
    [["list", "--jsn"], /^Unknown option '--jsn'\. Did you mean --json\? Help: deno task ctl list --help\n$/],
  ];
  for (const [args, problem] of cases) {
    const { code, out, err } = await ctl(unreachable, args);
    deepEqual([code, out, err.split("\n").length], [2, "", 2], args.join(" "));
    match(err, problem);
  }
});

Deno.test("without a command, the help is an error with code 2; with --help it is none", async () => {
  const none = await ctl(unreachable, []);
  const help = await ctl(unreachable, ["--help"]);

  deepEqual([none.code, none.out, help.code, help.err], [2, "", 0, ""]);
  equal(none.err, help.out);
  for (const command of commands) {
    match(help.out, new RegExp(`\\n  ${command.name()}[ <].*  ${command.description()}\\n`));
  }
  match(help.out, /\n {2}3 {4}no daemon answers\n/);
});

Deno.test("every command has help with each of its options, also without a daemon", async () => {
  for (const command of commands) {
    const { code, out } = await ctl(unreachable, [command.name(), "-h"]);
    equal(code, 0);
    match(out, new RegExp(`Usage: deno task ctl ${command.name()}`));
    for (const option of command.options) ok(out.includes(`\n  ${option.flags} `), `${command.name()} ${option.flags}`);
    ok(out.includes("\n  --url <address> "));
  }
});

Deno.test("options may stand anywhere, negative numbers are words, and -- ends the options", async () => {
  const given = await read("--", "--url", "http://a", "call", "--json={}", "daq1", "set", "-5.5", "-.5", "--no-color");

  deepEqual(given.args, ["daq1", "set", "-5.5", "-.5"]);
  deepEqual(given.optsWithGlobals(), { url: "http://a", json: {}, color: false, output: "json" });
  deepEqual((await read("call", "daq1", "set", "--", "--json", "-1,2")).args, ["daq1", "set", "--json", "-1,2"]);
});

Deno.test("without a daemon at the address, the code is 3", async () => {
  const { code, err } = await ctl(unreachable, ["list"], { env: { LABDAEMON_URL: "http://bench:5001" } });

  equal(code, 3);
  match(
    err,
    /^No daemon answers at http:\/\/bench:5001: start one by "deno task serve", or give its address by --url\n/,
  );
});

Deno.test("--url overrides LABDAEMON_URL", async () => {
  const { err } = await ctl(unreachable, ["list", "--url", "http://a"], { env: { LABDAEMON_URL: "http://b" } });

  match(err, /^No daemon answers at http:\/\/a:/);
});

Deno.test("an answer after the time limit has code 3 too", async () => {
  const late = await ctl({ fetch: () => new Promise<Response>(() => {}) }, ["list", "--timeout", "1ms"]);

  equal(late.code, 3);
  match(late.err, /no answer within 1 ms/);
});

Deno.test("a server that is no LabDaemon is reported as that, with what was found, with code 3", async () => {
  for (const status of [200, 404]) {
    const server = {
      fetch: () => new Response("<!doctype html><h1>Hello</h1>", { status, headers: { server: "AirTunes/870.14.1" } }),
    };
    for (const args of [["list"], ["tail", "daq1"], ["watch"], ["call", "daq1", "work"]]) {
      const { code, out, err } = await ctl(server, args);
      deepEqual([code, out], [3, ""]);
      equal(
        err,
        "http://127.0.0.1:5000 is not a LabDaemon: give the address of one by --url\n" +
          `  It answers: server AirTunes/870.14.1, status ${status} "<!doctype html><h1>Hello</h1>"\n`,
      );
    }
  }
});
