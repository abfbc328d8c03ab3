import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { join } from "node:path";
import { type ReceivedEvent, ServerAPI, ServerAPIError, SSEClient } from "../../lib/client/mod.ts";
import { python, whyNoPython } from "../support/python.ts";
import { serveBench } from "../support/served_bench.ts";
import { tcpProxy } from "../support/tcp_proxy.ts";

const BENCH = `
devices:
  - { id: daq1, driver: StreamingDAQ }
  - { id: count1, driver: Counter, options: { sample_rate: 200 }, restart: { initial_delay: 20ms } }
`;

const drivers = ["streaming_daq.ts", "counter.ts"];
/** In CI a missing Python is a failure. */
const hasPython = Deno.env.get("CI") === "true" || await whyNoPython() === undefined;

const root = join(import.meta.dirname!, "../..");

Deno.test("examples/local_collect.ts collects five seconds at 10 Hz", async () => {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "examples/local_collect.ts"],
    cwd: root,
    stdin: "null",
  }).output();
  const text = new TextDecoder().decode(stdout);
  const collected = Number(/^Collected (\d+) samples$/m.exec(text)?.[1]);
  equal(code, 0, new TextDecoder().decode(stderr));
  ok(collected >= 48 && collected <= 52, text);
});

/** Follows "count1" through a line that is cut once on the way, and looks that every sample came, and once. */
async function throughCuts(
  port: number,
  follow: (url: string, onEvent: (event: ReceivedEvent) => void) => () => unknown,
) {
  await using proxy = tcpProxy(port);
  const sequences: number[] = [];
  const gaps: ReceivedEvent[] = [];
  const enough = Promise.withResolvers<void>();
  const leave = follow(proxy.url, (event) => {
    if (event.event === "gap") gaps.push(event);
    if (event.event !== "device_data") return;
    sequences.push(event.sequence as number);
    if (sequences.length === 20) proxy.cut();
    if (sequences.length === 60) enough.resolve();
  });
  await enough.promise;
  const { connections } = proxy;
  await leave();
  equal([gaps, connections >= 2], [[], true]);
  equal(sequences, sequences.map((_, n) => sequences[0] + n));
}

Deno.test("clients in TypeScript, in Python and in a browser control and follow the devices of a daemon", async (test) => {
  await using bench = await serveBench(BENCH, { drivers });

  await test.step({
    name: "examples/python_stream.py prints the samples of a device",
    ignore: !hasPython,
    fn: async () => {
      // The seconds of the example are not for the start of a driver.
      await bench.ask("POST /devices/daq1/connect");
      const args = ["--url", bench.url, "--device", "daq1", "--seconds", "2"];
      const { code, stdout, stderr } = await python("examples/python_stream.py", ...args);
      equal(code, 0, stderr);
      const values = [...stdout.matchAll(/^\S+Z {2}#\d+ {2}(\S+)$/gm)].map(([, value]) => Number(value));
      ok(values.length > 0 && values.every((value) => value >= 0 && value < 10), stdout);
      ok(stdout.endsWith(`Collected ${values.length} samples\n`), stdout);
    },
  });

  await test.step({
    name: "the Python ServerAPI and SSEClient control the daemon",
    ignore: !hasPython,
    fn: async () => {
      const { code, stdout, stderr } = await python(
        "-c",
        `
import json, sys, threading
from labdaemon.server import DeviceNotFoundError, ServerAPI, SSEClient

api = ServerAPI(sys.argv[1])
answers = {"health": api.health()["status"], "devices": [it["device_id"] for it in api.list_devices()]}
api.add_device("mine", "StreamingDAQ", high=2)
answers["connected"] = api.connect_device("mine")["connected"]
answers["methods"] = [it["name"] for it in api.get_device_methods("mine")]
answers["result"] = api.call_device_method("mine", "set_high", kwargs={"volts": 1})
answers["error"] = api.get_device_error("mine")
try:
    api.get_device("unknown")
except DeviceNotFoundError as error:
    answers["refused"] = [error.status, error.type]

events, enough = [], threading.Event()
def on_event(event):
    if event["event"] == "device_data":
        events.append(event)
    if len(events) >= 20:
        enough.set()
client = SSEClient(sys.argv[1], on_event=on_event)
client.start_device_stream("count1", sample_rate=100)
answers["enough"] = enough.wait(20)
client.stop_stream()
answers["sequences"] = [it["sequence"] for it in events[:20]]
answers["keys"] = sorted(events[0])
answers["stopped"] = api.stop_stream("count1")["status"]
api.remove_device("mine")
answers["left"] = [it["device_id"] for it in api.list_devices()]
print(json.dumps(answers))
`,
        bench.url,
      );
      equal(code, 0, stderr);
      equal(JSON.parse(stdout), {
        health: "healthy",
        devices: ["daq1", "count1"],
        connected: true,
        methods: ["set_high"],
        result: { result: null, success: true },
        error: null,
        refused: [404, "DeviceNotFound"],
        enough: true,
        sequences: Array.from({ length: 20 }, (_, n) => n),
        keys: ["data", "device_id", "event", "id", "payload", "sequence", "timestamp"],
        stopped: "stopped",
        left: ["daq1", "count1"],
      });
    },
  });

  await test.step("ServerAPI controls the daemon, row by row", async () => {
    const api = new ServerAPI(bench.url);
    equal((await api.info()).name, "LabDaemon");
    equal((await api.health()).status, "healthy");
    equal((await api.listDrivers()).map(({ name, status }) => [name, status]), [
      ["Counter", "loaded"],
      ["StreamingDAQ", "loaded"],
    ]);
    const mine = await api.addDevice("mine", "StreamingDAQ", { high: 2 });
    equal([mine.state, mine.params], ["disconnected", { high: 2 }]);
    equal((await api.connectDevice("mine")).state, "connected");
    equal((await api.getDeviceMethods("mine")).map(({ name }) => name), ["set_high"]);
    equal(await api.callDeviceMethod("mine", "set_high", { args: [1] }), null);
    equal((await api.startStream("mine", { sample_rate: 100 })).state, "streaming");
    equal((await api.stopStream("mine")).status, "stopped");
    equal(await api.getDeviceError("mine"), null);
    await api.clearDeviceError("mine");
    equal((await api.disconnectDevice("mine")).connected, false);
    await api.removeDevice("mine");
    equal((await api.listDevices()).map(({ device_id }) => device_id), ["daq1", "count1"]);
    const refusal = await api.callDeviceMethod("count1", "nothing").catch((error) => error);
    ok(refusal instanceof ServerAPIError);
    equal([refusal.status, refusal.type], [404, "MethodNotFound"]);
  });

  await test.step("an SSEClient resumes after its connection is cut: no sample is lost, none is repeated", async () => {
    await throughCuts(bench.port, (url, onEvent) => {
      const client = new SSEClient(url, { onEvent, onError: () => {} });
      client.startDeviceStream("count1");
      return () => client.stopStream();
    });
  });

  await test.step("a plain EventSource resumes after its connection is cut: no sample is lost, none is repeated", async () => {
    await throughCuts(bench.port, (url, onEvent) => {
      const source = new EventSource(`${url}/stream/devices/count1`);
      for (const name of ["device_data", "device_state", "gap"]) {
        source.addEventListener(name, ({ data }) => onEvent(JSON.parse(data)));
      }
      return () => source.close();
    });
  });
});
