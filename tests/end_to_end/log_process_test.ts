import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { failingStarts } from "../support/failing_starts.ts";
import { until } from "../support/until.ts";
import { benchFolder, serveBench, serveCommand, type ServedBench } from "../support/served_bench.ts";

const TALKER = `import { defineDriver } from "labdaemon/driver";
export default defineDriver({
  name: "Talker",
  create: () => ({
    say() {
      console.log("warming up");
      console.debug("offset", { volts: 0.1 });
      console.warn("\\x1b[33mlamp\\x1b[0m is\\told\\x07");
      console.table([{ channel: 1 }]);
      console.dir({ channel: 2 });
      console.group("calibration");
      console.log("in a group");
      console.groupEnd();
      console.error(new Error("no light\\n10:00:00 INF daq1      all is well"));
    },
  }),
  methods: { say: { summary: "Talk", run: (talker) => talker.say() } },
});`;

const AWAY = `import { defineDriver } from "labdaemon/driver";
export default defineDriver({ name: "Away", create: () => ({ connect() { throw new Error("no cable"); } }) });`;

/** The delays between the attempts of away1: each starts a process. */
const benchOf = (restart: string) => `
devices:
  - { id: talk1, driver: Talker }
  - { id: away1, driver: Away, restart: ${restart} }
  - { id: off1, driver: Talker, connect: false }
`;
const BENCH = benchOf("{ initial_delay: 1min, max_delay: 1min }");
const drivers = [{ "talker.ts": TALKER, "away.ts": AWAY }];

type Line = Record<string, unknown> & { level: string; message: string; logger: string };

/** Every line of the log, which is JSON from the first to the last. */
function linesOf({ printed }: ServedBench): Line[] {
  return printed.stderr.split("\n").slice(0, -1).map((line) => JSON.parse(line));
}

Deno.test("without a terminal every line of the log is JSON", async (test) => {
  await using bench = await serveBench(BENCH, { drivers, args: ["--log-level", "console=debug"] });

  await test.step("a driver's lines have the device's name and their level", async () => {
    await bench.ask("POST /devices/talk1/connect");
    await bench.ask("POST /devices/talk1/call", { method: "say" });
    await bench.untilPrinted("stderr", /all is well/);
    const said = linesOf(bench).filter(({ logger, device_id }) =>
      logger === "labdaemon.console" && device_id === "talk1"
    );
    const level = (text: string) => said.find(({ line }) => String(line).includes(text))?.level;
    equal(level("warming up"), "INFO");
    equal(level("offset { volts: 0.1 }"), "DEBUG");
    equal(level("lamp is\told·"), "WARN");
    equal(level("Error: no light"), "ERROR");
    equal(level("all is well"), "ERROR");
    equal([level("channel"), level("{ channel: 2 }"), level("  in a group")], ["INFO", "INFO", "INFO"]);
    const { restarts } = await bench.ask("GET /devices/talk1");
    equal(restarts, 0);
  });

  await test.step("a chunked body, and a POST without a body, have their lines", async () => {
    const body = new Blob(["{}"]).stream();
    const headers = { "content-type": "application/json", "x-request-id": "in-chunks" };
    await (await fetch(`${bench.url}/devices/talk1/connect`, { method: "POST", body, headers })).body!.cancel();
    using connection = await Deno.connect({ port: bench.port });
    const request =
      `POST /devices/talk1/connect HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: bare\r\nConnection: close\r\n\r\n`;
    await connection.write(new TextEncoder().encode(request));
    match(await new Response(connection.readable).text(), /^HTTP\/1.1 200 /);
    await bench.untilPrinted("stderr", /bare/);
    equal(
      linesOf(bench).filter(({ request_id }) => request_id === "in-chunks" || request_id === "bare").map((
        { request_id, status },
      ) => [request_id, status]),
      [
        ["in-chunks", 200],
        ["bare", 200],
      ],
    );
  });

  await test.step("the request of an error response is in the log under its id", async () => {
    const response = await fetch(`${bench.url}/devices/off1/call`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-request-id": "notebook-7" },
      body: JSON.stringify({ method: "say" }),
    });
    const { error } = await response.json();
    equal([response.headers.get("x-request-id"), error.context.request_id], ["notebook-7", "notebook-7"]);
    await bench.untilPrinted("stderr", /notebook-7/);
    const { method, path, status, error_type } = linesOf(bench).find(({ request_id }) => request_id === "notebook-7")!;
    equal([method, path, status, error_type], ["POST", "/devices/off1/call", 409, "DeviceNotConnected"]);
  });
});

Deno.test("an absent device has one line, not one for each attempt, and states follow the start-up message", async () => {
  await using bench = await serveBench(benchOf("{ initial_delay: 10ms, max_delay: 20ms }"), { drivers });
  const stdout = await bench.untilPrinted("stdout", /off1 (disconnected|faulted)/);
  // A machine may be too busy for a connection within the three seconds that the message waits.
  const connected = /talk1 connected, off1 disconnected\n +away1 (retrying: no cable|connecting(: no cable)?)/;
  const late = /off1 disconnected\n +talk1 connecting\n +away1 connecting/;
  const unloaded = /talk1 faulted: .* still load\n +away1 faulted: .* still load\n +off1 faulted: .* still load/;
  match(stdout, RegExp(`^ +states +(${connected.source}|${late.source}|${unloaded.source})$`, "m"));
  await using reader = await bench.open("/stream/devices/away1");
  while (Number((await reader.state("retrying")).restarts) < 10);
  await reader.leave();
  const lines = linesOf(bench).filter(({ device_id, level, error }) =>
    device_id === "away1" && level === "WARN" && !/some driver files still load$/.test(String(error))
  );
  equal(lines.length, 1);
  equal([lines[0].state, lines[0].error_type, lines[0].error], ["retrying", "DeviceError", "no cable"]);

  bench.kill("SIGTERM");
  await bench.status;
  const folded = linesOf(bench).find(({ repeated }) => repeated !== undefined)!;
  equal(folded.device_id, "away1");
  ok(Number(folded.repeated) >= 9, JSON.stringify(folded));
});

Deno.test("a daemon that cannot start reports it in the form of its log: with JSON every line is JSON", async () => {
  using other = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = other.addr;
  const cases: [args: string[], message: RegExp][] = [
    [["--port", `${port}`], /^Cannot listen on 127\.0\.0\.1:\d+: the port is in use/],
    [["--port", "0", "--host", "192.0.2.1"], /^Cannot listen on 192\.0\.2\.1:0: /],
    [["--port", "fast"], /^Cannot start with --port: .* found "fast"$/],
  ];
  const ended = await failingStarts([
    ...cases.map(([args]) => ({
      bench: BENCH,
      args: [...args, "--log-format", "json"],
      env: { LABDAEMON_AUTH: "none" },
    })),
    { bench: "", args: ["--port", `${port}`, "--log-format", "text"] },
  ]);
  for (const [i, [, message]] of cases.entries()) {
    const { stderr } = ended[i];
    const lines: Line[] = stderr.split("\n").slice(0, -1).map((line) => JSON.parse(line));
    equal(lines.at(-1)!.level, "FATAL");
    match(lines.at(-1)!.message, message);
  }
  match(ended.at(-1)!.stderr, /^Cannot listen on .*\n$/m);
});

Deno.test("an answered request is in the log file while the daemon runs, and is whole after a kill", async () => {
  const folder = await benchFolder(BENCH, drivers);
  const child = serveCommand(folder, { args: ["--port", "0"], log: "log.txt" }).spawn();
  const stdout = child.stdout.getReader();
  const { value } = await stdout.read();
  const url = /http:\/\/\S+/.exec(new TextDecoder().decode(value))![0];
  await (await fetch(`${url}/devices/off1/disable`, { method: "POST" })).body!.cancel();
  const read = () => Deno.readTextFile(`${folder}/log.txt`);
  // Other lines may be written at that moment: it follows right behind them.
  const line = /"POST \/devices\/off1\/disable: 200 in .*\n/;
  await until(() => "the line of the request", async () => line.test(await read()));
  child.kill("SIGKILL");
  await Promise.all([child.status, stdout.cancel(), child.stderr.cancel()]);
  match(await read(), line);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a blocked log output, as after Ctrl-S, stops neither the daemon nor its devices", async () => {
  const folder = await benchFolder(BENCH, drivers);
  const args = ["--port", "0", "--watch", "--log-level", "debug"];
  await using child = serveCommand(folder, { args }).spawn();
  const stdout = child.stdout.getReader();
  const { value } = await stdout.read();
  const url = /http:\/\/\S+/.exec(new TextDecoder().decode(value))![0];
  // Several times what a pipe holds, and it is not read.
  for (let i = 0; i < 1000; i++) {
    await (await fetch(`${url}/health`, { headers: { "x-request-id": "x".repeat(60) } })).body!.cancel();
  }
  const answer = await fetch(`${url}/devices`);
  equal((await answer.json()).devices.length > 0, true);
  child.kill("SIGTERM");
  equal((await child.status).code, 0);
  await Promise.all([stdout.cancel(), child.stderr.cancel()]);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("flags and variables set the log's levels and form; flags override; each category has its own level", async () => {
  await using bench = await serveBench(BENCH, {
    drivers,
    env: { LABDAEMON_LOG_LEVEL: "debug,device=error", LABDAEMON_LOG_FORMAT: "json" },
    args: ["--log-level", "error", "--log-level", "http=debug", "--log-format", "text"],
    isHasty: true,
  });
  await bench.ask("GET /health");
  const stderr = await bench.untilPrinted("stderr", /GET \/health/);
  // On a busy machine its drivers still load, which is an error of its devices.
  for (
    const line of stderr.split("\n").slice(0, -1).filter((it) => !/ ERR \w+ .*: some driver files still load$/.test(it))
  ) {
    match(line, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d DBG http {6}GET \/health: 200 in [\d.]+ ms \[[0-9a-f]{12}\]$/);
  }
});

Deno.test("an unknown or empty log flag is reported in one line with the known values", async () => {
  const cases: [args: string[], message: RegExp][] = [
    [["--prot", "5000"], /^Unknown option '--prot'\. Did you mean --port\? Help: deno task serve --help\n$/],
    [["--port"], /^Option '--port <number>' argument missing\. Help: /],
    [["5000"], /^Too many arguments\. Expected 0 arguments but got 1: 5000\. Help: /],
    [["--log-level", "loud"], /^Cannot start with --log-level: .*"loud"; known are debug, info, warning, error\n$/],
    [["--log-level", "devce=info"], /^Cannot start with --log-level: .*"devce"; known are device, console, /],
    [["--log-format", "xml"], /^Cannot start with --log-format: .*"xml"; known are text, json\n$/],
  ];
  const byFlag = cases.map(([args]) => ({ bench: "", args }));
  const ended = await failingStarts([...byFlag, { bench: "", env: { LABDAEMON_LOG_LEVEL: "loud" } }]);
  for (const [i, [, message]] of cases.entries()) {
    const { code, stdout, stderr } = ended[i];
    equal([code, stdout, stderr.split("\n").length], [2, "", 2]);
    match(stderr, message);
  }
  match(ended.at(-1)!.stderr, /^Cannot start with LABDAEMON_LOG_LEVEL: /);
});

const LOGIN = `import { defineDriver } from "labdaemon/driver";
import { z } from "zod";
export default defineDriver({
  name: "Login",
  params: z.object({ password: z.string(), pin: z.string().meta({ secret: true }) }),
  create: ({ password, pin }) => ({
    connect() {
      console.log("login as lab:" + password, { pin });
      throw new Error("login refused: lab:" + password + " with " + pin);
    },
  }),
});`;

Deno.test("a password in the params is not in the log, though the driver prints it and its error quotes it", async () => {
  const params = "{ password: { env: LOGIN_PASSWORD }, pin: { file: drivers/pin.txt } }";
  for (const format of ["json", "text"]) {
    await using bench = await serveBench(`devices: [{ id: l1, driver: Login, params: ${params} }]`, {
      drivers: [{ "login.ts": LOGIN, "pin.txt": "73195\n" }],
      args: ["--log-format", format],
      env: { LOGIN_PASSWORD: 'hunter"2' },
    });
    const device = { device_id: "l2", device_type: "Login", params: { password: "swordfish", pin: "40528" } };
    await bench.ask("POST /devices", device);
    await fetch(`${bench.url}/devices/l2/connect`, { method: "POST" }).then((response) => response.body?.cancel());
    const log = await bench.untilPrinted("stderr", /l2.*login refused/);
    for (const secret of ["hunter", "73195", "swordfish", "40528"]) {
      ok(!log.includes(secret), `${secret} is in:\n${log}`);
    }
    match(log, /login as lab:\*{8}/);
  }
});
