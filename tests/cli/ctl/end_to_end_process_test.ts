import { deepEqual, equal, match, ok } from "node:assert/strict";
import { join } from "node:path";
import config from "../../../deno.json" with { type: "json" };
import { python, whyNoPython } from "../../support/python.ts";
import { serveBench, type ServedBench } from "../../support/served_bench.ts";
import { until } from "../../support/until.ts";

const root = join(import.meta.dirname!, "../../..");

/** The command of `deno task ctl`, with its permissions. */
const COMMAND = [Deno.execPath(), ...config.tasks.ctl.command.split(" ").slice(1)];

/** In CI a missing Python is a failure. */
const hasPython = Deno.env.get("CI") === "true" || await whyNoPython() === undefined;

const COUNTER = "devices: [{ id: count1, driver: Counter, options: { sample_rate: 2000 } }]";

/** A device for each table that begins with its first sample. */
const BENCH = `devices:
  - { id: count1, driver: Counter, options: { sample_rate: 2000 } }
  - { id: count2, driver: Counter, options: { sample_rate: 2000 } }
  - { id: wave1, driver: Waves, params: { points: 50000 }, options: { sample_rate: 20 }, ring: { max_bytes: 4194304 } }
`;

/** Serves a device that counts, and has connected. */
async function serveCounter(args: string[] = []): Promise<ServedBench> {
  const bench = await serveBench(COUNTER, { drivers: ["counter.ts"], args });
  await bench.ask("POST /devices/count1/connect");
  return bench;
}

/** Begins a command as a process of its own. */
function spawn(url: string, ...args: string[]) {
  return new Deno.Command(COMMAND[0], {
    args: [...COMMAND.slice(1), ...args],
    cwd: root,
    env: { LABDAEMON_URL: url },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Runs a command to its end. */
async function ctl(url: string, ...args: string[]) {
  const { code, stdout, stderr } = await spawn(url, ...args).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, out, err };
}

/** Runs a line in a shell that returns a pipe's first failure, with $CTL as the command. */
async function shell(url: string, line: string) {
  const { code, stdout, stderr } = await new Deno.Command("bash", {
    args: ["-c", line],
    cwd: root,
    env: { LABDAEMON_URL: url, CTL: COMMAND.join(" ") },
    stdin: "null",
  }).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, out, err };
}

/** Reads text until it is so after a whole line. */
async function readUntil(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  isSo: (text: string) => boolean,
): Promise<string> {
  let text = "";
  for await (const more of stream.pipeThrough(new TextDecoderStream())) {
    text += more;
    if (more.includes("\n") && isSo(text)) return text;
  }
  throw new Error(`it ended with: ${text.slice(-2000)}`);
}

/** The columns of a table, by the header's names. */
function columnsOf(csv: string): Record<string, string[]> {
  const [header, ...rows] = csv.trimEnd().split("\n").map((line) => line.split(","));
  return Object.fromEntries(header.map((name, i) => [name, rows.map((row) => row[i])]));
}

/** Runs a command on its own terminal, and ends it by Ctrl-C after the first sample. Returns the state of the terminal. */
const ON_A_TERMINAL = `
import json, os, pty, signal, sys
signal.alarm(20)
pid, terminal = pty.fork()
if pid == 0:
    os.environ.pop("NO_COLOR", None)
    os.execv(sys.argv[1], sys.argv[1:])
screen = b""
asked = False
while True:
    try:
        more = os.read(terminal, 65536)
    except OSError:
        break
    if not more:
        break
    screen += more
    if not asked and b"  value  " in screen:
        asked = True
        os.write(terminal, b"\\x03")
status = os.waitpid(pid, 0)[1]
print(json.dumps([os.WEXITSTATUS(status), screen.decode()]))
`;

Deno.test("commands as processes of their own control and watch the devices of a daemon", async (test) => {
  await using bench = await serveBench(BENCH, { drivers: ["counter.ts", "waves.ts"] });
  await Promise.all(["count1", "count2", "wave1"].map((id) => bench.ask(`POST /devices/${id}/connect`)));

  await test.step("a program controls a device by exit codes and JSON", async () => {
    const list = await ctl(bench.url, "list", "--json");
    const echo = await ctl(bench.url, "call", "count1", "echo", "on");
    const wrong = await ctl(bench.url, "call", "count1", "ehco", "on");
    const usage = await ctl(bench.url, "call", "count1");

    deepEqual([list.code, echo.code, wrong.code, usage.code], [0, 0, 1, 2]);
    equal(JSON.parse(list.out)[0].device_id, "count1");
    equal(echo.out, '"on"\n');
    match(wrong.err, /Did you mean echo\?\n$/);
    for (const { err } of [wrong, usage]) ok(!/\bat .*:\d+:\d+/.test(err), err);
  });

  await test.step("deno task -q ctl prints only its own output, and accepts -- before the command", async () => {
    const task = `"${Deno.execPath()}" task -q ctl`;

    const head = await shell(bench.url, `${task} tail count1 | head -3; echo "\${PIPESTATUS[*]}"`);
    const list = await shell(bench.url, `${task} -- list --json`);

    const lines = head.out.trimEnd().split("\n");
    deepEqual(lines.slice(0, 3).map((line) => JSON.parse(line).payload), [0, 1, 2]);
    deepEqual([lines[3], head.err], ["0 0", ""]);
    equal(JSON.parse(list.out).length, 3);
  });

  await test.step({
    name: "a table from a pipe is what the device produced, as Python's csv module reads it",
    ignore: !hasPython,
    fn: async () => {
      const program = "import csv, sys\n" +
        "rows = list(csv.DictReader(sys.stdin))\n" +
        "assert [int(row['sequence']) for row in rows] == list(range(5000)), rows[:2]\n" +
        "assert [int(row['value']) for row in rows] == list(range(5000)), rows[:2]\n" +
        "assert {(row['device_id'], row['lost']) for row in rows} == {('count2', '0')}\n" +
        "print(len(rows))";

      const { code, out, err } = await shell(
        bench.url,
        `set -o pipefail; $CTL tail count2 --format csv --count 5000 | python3 -c "${program}"`,
      );

      deepEqual([code, out, err], [0, "5000\n", ""]);
    },
  });

  await test.step("a blocked pipe loses samples at the daemon, and the table has their number", async () => {
    const child = spawn(bench.url, "tail", "wave1", "--format", "csv");
    await using other = await bench.open("/stream/devices/wave1?max_rate=2");
    await other.next(({ sequence = 0 }) => sequence >= 40);

    const lost = readUntil(child.stderr, (text) => text.includes("\n"));
    const text = await readUntil(child.stdout, (text) => /^wave1,\d+,[^,]*,[1-9]\d*,"\[.*\n/m.test(text));

    // It has left, as head does.
    const { code } = await child.status;
    match(
      await lost,
      /^"wave1" lost (sample #\d+|\d+ samples, #\d+ to #\d+): this program, or the reader of its output, was too slow\n/,
    );
    const { sequence: numbers, lost: losses } = columnsOf(text.slice(0, text.lastIndexOf("\n") + 1));
    let expected = Number(numbers[0]);
    numbers.forEach((number, i) => {
      expected += Number(losses[i]);
      equal(Number(number), expected++);
    });
    equal(code, 0);
  });

  await test.step({
    name: "on a real terminal, watch hides the cursor, and Ctrl-C shows it again",
    ignore: !hasPython,
    fn: async () => {
      const { code, stdout, stderr } = await python(
        "-c",
        ON_A_TERMINAL,
        ...COMMAND,
        "watch",
        "count1",
        "--url",
        bench.url,
      );

      equal(code, 0, stderr);
      const [ended, screen] = JSON.parse(stdout);
      equal(ended, 130);
      ok(screen.includes("\x1b[?25l") && screen.includes("\x1b[32mstreaming\x1b[39m"), screen);
      match(screen, new RegExp(String.raw`${"\\x1b"}\[\?7h${"\\x1b"}\[\?25h$`));
    },
  });
});

Deno.test("without a daemon a command fails with a message and code 3", async () => {
  const url = "http://127.0.0.1:2"; // A port below 1024 that no service has.

  for (const args of [["list"], ["tail", "a"], ["watch"], ["call", "a", "b"]]) {
    const { code, out, err } = await ctl(url, ...args);
    deepEqual([code, out], [3, ""]);
    match(
      err,
      new RegExp(`^No daemon answers at ${url}: start one by .*\n  Cannot GET ${url}/.*Connection refused.*\n$`),
    );
  }
});

Deno.test("watch continues after a restart of the daemon, and reports it", async () => {
  const first = await serveCounter();
  const child = spawn(first.url, "watch");
  let [out, err] = ["", ""];
  const read = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>, take: (text: string) => void) => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) take(text);
  };
  const reading = Promise.all([
    read(child.stdout, (text) => out += text),
    read(child.stderr, (text) => err += text),
  ]);
  const seen = (isSo: () => boolean) => until(() => `${isSo} in ${out}${err}`, isSo);
  await seen(() => / count1 {2}streaming .* value \d/.test(out));

  await first[Symbol.asyncDispose]();
  await seen(() => err.includes("The connection is lost"));
  out = "";
  await using second = await serveCounter(["--port", String(first.port)]);
  equal(second.port, first.port);
  await seen(() => / count1 {2}streaming .* value \d/.test(out) && err.includes("the daemon was restarted"));
  child.kill("SIGINT");

  const [{ code }] = await Promise.all([child.status, reading]);
  equal(code, 130);
  match(err, /The daemon is back after \d+ s\n/);
  match(err, /"count1" lost an unknown number of samples from #\d+ on: the daemon was restarted\n/);
});
