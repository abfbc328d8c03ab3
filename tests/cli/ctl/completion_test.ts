import { deepEqual, equal, match, ok } from "node:assert/strict";
import { ctlProgram } from "../../../lib/cli/ctl/run.ts";
import { webBench } from "../../support/web_bench.ts";
import { ctl } from "./ctl_bench.ts";

/** A daemon that does not answer. */
const unreachable = { fetch: () => Promise.reject(new TypeError("connection refused")) };

const program = ctlProgram(() => {
  throw new Error("no command runs here");
});

/** The words that may follow a line. Its last word is not finished. */
async function after(line: string, app: Parameters<typeof ctl>[0] = unreachable): Promise<string[]> {
  const { code, out, err } = await ctl(app, ["completion", "bash", "--", ...line.split(" ")]);
  deepEqual([code, err], [0, ""]);
  return out.split("\n").slice(0, -1).map((found) => found.split("\t")[0]);
}

Deno.test("every command and every option of the help is completed", async () => {
  deepEqual(await after(""), program.commands.map((command) => command.name()));
  for (const command of program.commands) {
    const options = await after(`${command.name()} -`);
    for (const { long } of command.options) ok(options.includes(long!), `${command.name()} ${long}`);
    ok(options.includes("--url") && options.includes("--help"));
    const names = await after(`${command.name()} `);
    for (const each of command.commands) ok(names.includes(each.name()), `${command.name()} ${each.name()}`);
  }
});

Deno.test("only what begins with the unfinished word is offered", async () => {
  deepEqual(await after("sho"), ["show"]);
  deepEqual(await after("task ca"), ["cancel"]);
  deepEqual(await after("--no-color --timeout 5s task start a b --wa"), ["--wait"]);
  deepEqual(await after("xyz"), []);
});

Deno.test("the values of an option and of an argument are offered", async () => {
  deepEqual(await after("list --output "), ["table", "json", "yaml"]);
  deepEqual(await after("tail daq1 --format c"), ["csv"]);
  deepEqual(await after("completion "), ["bash", "zsh", "fish"]);
  deepEqual(await after("tail daq1 --count "), []);
});

Deno.test("ids of devices are offered where a device is expected, with type and state", async () => {
  await using bench = await webBench();

  for (
    const line of [
      "show ",
      "watch daq1 ",
      "call d",
      "tail ",
      "alarms list ",
      "record start run42 ",
      "export run42 --devices ",
      "open ",
    ]
  ) {
    deepEqual(await after(line, bench.app), ["daq1"], line);
  }
  // The second word of call is a method, and a task is no device.
  for (const line of ["call daq1 ", "task show ", "add ", "show daq1 "]) {
    deepEqual(await after(line, bench.app), [], line);
  }
  const { out } = await ctl(bench.app, ["completion", "fish", "--", "show", "da"]);
  equal(out, "daq1\tScripted, disconnected\n");
});

Deno.test("an id that a shell would run is not offered", async () => {
  await using bench = await webBench();
  const app = {
    fetch: async (request: Request) => {
      const text = await (await bench.app.fetch(request)).text();
      return new Response(text.replaceAll('"daq1"', '"$(reboot)"'), {
        headers: { "content-type": "application/json" },
      });
    },
  };

  match((await ctl(app, ["list"])).out, /\$\(reboot\)/);
  deepEqual(await after("show ", app), []);
});

Deno.test("the daemon of the unfinished line is asked", async () => {
  const asked: string[] = [];
  const app = {
    fetch: (request: Request) => {
      asked.push(new URL(request.url).host);
      return Promise.reject(new TypeError("connection refused"));
    },
  };

  for (const line of ["--url http://a:1 show ", "show --url=http://b:2 ", "show "]) await after(line, app);

  deepEqual([...new Set(asked)], ["a:1", "b:2", "127.0.0.1:5000"]);
});

Deno.test("without an answer of the daemon, no device is offered, and nothing is printed", async () => {
  deepEqual(await after("show "), []);
  deepEqual(await after("show ", { fetch: () => new Response("no", { status: 401 }) }), []);
});

Deno.test("each shell has a script that asks this ctl", async () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    const { code, out } = await ctl(unreachable, ["completion", shell]);
    equal(code, 0);
    match(out, new RegExp(`deno task --quiet --config '.*/deno\\.json' ctl completion ${shell} --`));
  }
  const { code, err } = await ctl(unreachable, ["completion", "csh"]);
  equal(code, 2);
  match(err, /'csh' is invalid/);
});
