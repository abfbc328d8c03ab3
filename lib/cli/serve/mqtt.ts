import { readIfReachable } from "../../access/private_file.ts";
import type { BenchMqtt } from "../../bench/mqtt_schema.ts";
import type { LabDaemon } from "../../daemon.ts";
import type { MqttDoor } from "../../mqtt/mqtt_door.ts";
import { Backlog } from "../../recording/backlog/backlog.ts";
import type { Recordings } from "../../recording/recordings.ts";

/** Publishes a bench to the broker of its file. */
export async function openMqtt(
  { tls, ...options }: BenchMqtt,
  { daemon, recordings, version }: { daemon: LabDaemon; recordings: Recordings; version: string },
): Promise<MqttDoor> {
  // Most benches have no broker.
  const { MqttDoor } = await import("../../mqtt/mqtt_door.ts");
  return new MqttDoor({
    options: { ...options, ...tls && { tls: () => readAll(tls) } },
    bench: daemon,
    recorded: new Backlog(recordings),
    version,
  });
}

async function readAll(paths: NonNullable<BenchMqtt["tls"]>) {
  const texts = Object.entries(paths).map(async ([key, path]) => [key, await readIfReachable(path)]);
  return Object.fromEntries(await Promise.all(texts));
}
