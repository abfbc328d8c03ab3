import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { mosquitto } from "../peers/mosquitto.ts";
import { serveBench } from "../support/served_bench.ts";
import { until } from "../support/until.ts";

Deno.test("a bench file with mqtt: the broker gets the bench, with the password of a variable, and its end", async () => {
  await using broker = await mosquitto({ tls: true });
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/ca.pem`, broker.ca);
  const file = `mqtt:
  broker: "mqtts://127.0.0.1:${broker.port}"
  bench: lab3
  prefix: institute/labs
  user: lab
  password: { env: BROKER_PASSWORD }
  tls: { ca: ${folder}/ca.pem }
devices:
  - { id: daq1, driver: StreamingDAQ, streaming: always }
`;
  const reader = await broker.instrument({
    protocol: "mqtts",
    username: "lab",
    password: "hunter2-and-more",
    ca: broker.ca,
  });
  const found = new Map<string, Record<string, unknown>>();
  reader.on("message", (topic, payload) => found.set(topic, JSON.parse(payload.toString())));
  await reader.subscribeAsync("institute/labs/lab3/#", { qos: 1 });
  {
    await using bench = await serveBench(file, {
      drivers: ["streaming_daq.ts"],
      env: { BROKER_PASSWORD: "hunter2-and-more" },
    });
    const root = "institute/labs/lab3";
    await until("its events come", () => found.has(`${root}/devices/daq1/events`));
    await until("its state is kept", () => found.get(`${root}/devices/daq1/status`)?.state === "streaming");
    const { count, events } = found.get(`${root}/devices/daq1/events`) as { count: number; events: unknown[] };
    ok(events.length >= count);
    equal(found.get(`${root}/bench`)?.online, true);
    ok(!(bench.printed.stderr + bench.printed.stdout).includes("hunter2"));
    bench.kill("SIGTERM");
    await bench.status;
    await until("its end is kept", () => found.get(`${root}/bench`)?.online === false);
  }
  await reader.endAsync(true);
  await Deno.remove(folder, { recursive: true });
});
