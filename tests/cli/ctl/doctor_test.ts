import { deepStrictEqual as equal, match } from "node:assert/strict";
import { adviceFor } from "../../../lib/cli/ctl/doctor/advice.ts";
import type { DaemonFacts } from "../../../lib/cli/ctl/doctor/daemon_findings.ts";
import { diagnose } from "../../../lib/cli/ctl/doctor/diagnose.ts";
import { createApp } from "../../../lib/http/app.ts";
import { recordingBench } from "../../support/recording_bench.ts";
import { fail } from "../../support/scripted_driver.ts";
import { fakeTime } from "../../support/time.ts";
import { webBench } from "../../support/web_bench.ts";
import { ctl } from "./ctl_bench.ts";

const FACTS = { notReady: [], clockOffsetMs: 0, drivers: [], devices: [] };

Deno.test("ctl doctor on a bench that works finds nothing, and exits with 0", async () => {
  await using bench = await webBench();
  await bench.device.connect();
  equal(await ctl(bench.app, ["doctor"]), { code: 0, out: "Nothing is wrong: 1 devices, 1 drivers\n", err: "" });
});

Deno.test("ctl doctor shows an absent instrument with what to do, and exits with 1", async () => {
  using time = fakeTime();
  await using bench = await webBench();
  bench.instrument.next("connect", fail("no answer from the instrument"));
  await bench.device.connect().catch(() => {});
  equal(await ctl(bench.app, ["doctor"]), {
    code: 1,
    out: "daq1 (instrument): no answer from the instrument\n  → Check its power, its cable and its settings\n",
    err: "1 found to be wrong\n",
  });
  await time.tick(0);
});

Deno.test("ctl doctor of a device that was connected again and again names its last error", async () => {
  await using bench = await webBench();
  await bench.device.connect();
  const status = bench.device.status();
  const last_error = {
    type: "ConnectionReset",
    message: "reset",
    origin: "device" as const,
    timestamp: "",
    context: {},
  };
  const [finding] = diagnose({ ...FACTS, devices: [{ ...status, restarts: 9, last_error }] });
  equal([finding.culprit, finding.found], ["instrument", "reset (connected again 9 times)"]);
  equal(diagnose({ ...FACTS, devices: [{ ...status, restarts: 1, last_error }] }), []);
});

Deno.test("ctl doctor names a clock that is off, and what the daemon's machine lacks", () => {
  const [shell, clock] = diagnose({ ...FACTS, notReady: ["/bin/sh is missing"], clockOffsetMs: -61_000 });
  equal([shell.subject, shell.culprit, shell.found], ["daemon", "machine", "/bin/sh is missing"]);
  equal([clock.culprit, clock.found], ["machine", "Its clock is 61 s behind this machine's"]);
});

for (
  const [type, message, culprit, remedy] of [
    ["EACCES", "Cannot open the serial port /dev/ttyUSB0: Permission denied", "machine", /dialout/],
    ["EBUSY", "Cannot open the serial port /dev/ttyUSB0: Device or resource busy", "machine", /other program/],
    ["InternalError", "The request failed by a defect", "daemon", /Report/],
    ["Unavailable", "no file descriptors are left", "machine", /the message/],
    ["DriverLoadError", "No module named 'visa'. Install it with: pip install pyvisa", "machine", /the command/],
    ["ModuleNotFoundError", "No module named 'visa'. Install it with: pip install pyvisa", "machine", /connect/],
    ["PythonNotFound", "its Python environment envs/a does not exist", "machine", /the command/],
    ["ProcessExited", "exited with code 127: Cannot find the program python3.99", "machine", /interpreter/],
    ["ProcessExited", "exited with code 1: it cannot be limited to its permissions: no", "machine", /sandbox: off/],
    ["DriverLoadError", "invalid syntax", "driver", /save it/],
    ["DriverLoadError", "run this once: deno cache --frozen=false npm:left-pad@1.3.0", "machine", /the command/],
    ["AttributeError", "'NoneType' object has no attribute 'read' (a.py:3)", "driver", /the line/],
  ] as const
) {
  Deno.test(`adviceFor() ${type} names the ${culprit}`, () => {
    const advice = adviceFor({ type, message, origin: "device", timestamp: "", context: {} });
    equal(advice.culprit, culprit);
    match(advice.remedy, remedy);
  });
}

const OK_DISK = { state: "ok", reason: null, free_bytes: 1e12, folder: "/data/recordings", share: null } as const;

for (
  const [what, facts, culprit, found, remedy] of [
    ["a disk that is nearly full", { storage: { ...OK_DISK, state: "low", free_bytes: 300e6 } }, "machine", /286 MiB/],
    [
      "a disk that is full",
      { storage: { ...OK_DISK, state: "paused", reason: "the disk is full" } },
      ...["machine", /Nothing is stored now: the disk is full/, /\/data\/recordings/] as const,
    ],
    [
      "a recorder that is down",
      { storage: { ...OK_DISK, state: "down", reason: "the recorder is started again: killed" } },
      ...["machine", /Nothing is stored now: the recorder is started again: killed/, /log/] as const,
    ],
    ["a disk that is slow", { storage: { ...OK_DISK, state: "slow" } }, "machine", /slow/, /faster/],
    [
      "a network share",
      { storage: { ...OK_DISK, share: "NFS" } },
      "machine",
      /network share \(NFS\)/,
      /a disk of this/,
    ],
    [
      "an OIDC provider that does not answer",
      { failedProvider: "SSO" },
      "login provider",
      /Log-in by "SSO" fails/,
      /issuer/,
    ],
    [
      "connections at their limit",
      { connections: { open: 95, max: 100, ofClient: 10, maxOfClient: 50 } },
      ...["clients", /^95 connections are open, of at most 100$/, /LimitNOFILE/] as const,
    ],
    [
      "a client at its limit",
      { connections: { open: 50, max: 100, ofClient: 50, maxOfClient: 50 } },
      ...["clients", /^One client has 50 connections open, of at most 50$/, /trusted_proxies/] as const,
    ],
  ] as [string, Partial<DaemonFacts>, string, RegExp, RegExp?][]
) {
  Deno.test(`ctl doctor names ${what}, its culprit and the remedy`, () => {
    const findings = diagnose({ ...FACTS, ...facts });
    equal(findings.map(({ culprit }) => culprit), [culprit]);
    match(findings[0].found, found);
    match(findings[0].remedy, remedy ?? /larger/);
  });
}

Deno.test("ctl doctor finds nothing wrong with a disk, connections and a sandbox that are well", () => {
  const connections = { open: 94, max: 100, ofClient: 47, maxOfClient: 50 };
  const driver = { name: "A", file: "a.py", status: "loaded" } as const;
  const drivers = ["landlock", "landlock, without the ports of TCP", "off", "deno", undefined]
    .map((sandbox) => ({ ...driver, sandbox }));
  equal(diagnose({ ...FACTS, storage: OK_DISK, connections, drivers }), []);
  // A daemon without recordings, or one that says less to this token.
  equal(diagnose({ ...FACTS, storage: undefined, connections: undefined, failedProvider: undefined }), []);
});

Deno.test("ctl doctor names a driver in Python that nothing limits, and a driver that also failed to load", () => {
  const sandbox = "none: the kernel has no Landlock";
  const error = {
    type: "ImportsNotListed",
    message: "too large",
    origin: "device",
    timestamp: "",
    context: {},
  } as const;
  const [failed, unlimited] = diagnose({
    ...FACTS,
    drivers: [{ name: "A", file: "a.py", status: "loaded", sandbox, error }],
  });
  equal([failed.subject, failed.culprit, failed.found], ["a.py", "driver", "too large"]);
  equal([unlimited.culprit, unlimited.found], [
    "machine",
    "Nothing limits it to its permissions: the kernel has no Landlock",
  ]);
  match(unlimited.remedy, /Landlock.*sandbox: off/);
});

Deno.test("ctl doctor asks the daemon for its connections, its recordings and its OIDC provider", async () => {
  await using bench = await recordingBench();
  await bench.device.connect();
  await bench.recordings.start({ name: "run" });
  bench.recorders.pause("the disk is full");
  await bench.push(1);
  const connections = { count: 100, countOfClient: 4, limits: { all: 100, ofClient: 50 } };
  const app = createApp(bench.daemon, { host: "127.0.0.1", recordings: bench.recordings, connections });
  const withProvider = {
    fetch: (request: Request): Response | Promise<Response> => {
      const { pathname } = new URL(request.url);
      if (pathname === "/session/providers") {
        return Response.json({ providers: [{ label: "SSO", path: "/session/oidc" }] });
      }
      if (pathname !== "/session/oidc") return app.fetch(request);
      equal(request.redirect, "manual");
      return new Response(null, { status: 302, headers: { location: "/#/login?problem=provider" } });
    },
  };
  const { code, out } = await ctl(withProvider, ["doctor"]);
  equal([code, out.split("\n").filter((line) => !line.startsWith("  →") && line)], [1, [
    'daemon (login provider): Log-in by "SSO" fails: the OIDC provider cannot be used',
    "recordings (machine): Nothing is stored now: the disk is full",
    "daemon (clients): 100 connections are open, of at most 100",
  ]]);
  app.close();
  bench.recorders.resume();
});

Deno.test("ctl doctor with a token that may not ask for everything reports what it may", async () => {
  await using bench = await webBench();
  await bench.device.connect();
  const refusing = {
    fetch: (request: Request): Response | Promise<Response> => {
      const isHidden = /^\/(metrics|recordings|session\/providers)$/.test(new URL(request.url).pathname);
      if (!isHidden) return bench.app.fetch(request);
      return Response.json({ error: { type: "Forbidden", message: "no", context: {} } }, { status: 403 });
    },
  };
  equal((await ctl(refusing, ["doctor"])).out, "Nothing is wrong: 1 devices, 1 drivers\n");
});
