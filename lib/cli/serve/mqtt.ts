import { readIfReachable } from "../../access/private_file.ts";
import type { BenchMqtt } from "../../bench/mqtt_schema.ts";
import type { LabDaemon } from "../../daemon.ts";
import type { MqttPublisher } from "../../mqtt/mqtt_publisher.ts";
import { Backlog } from "../../recording/backlog/backlog.ts";
import type { Recordings } from "../../recording/recordings.ts";

/** Publishes a bench to the broker of its file. */
export async function openMqtt(
  { tls, ...options }: BenchMqtt,
  { daemon, recordings, version }: { daemon: LabDaemon; recordings: Recordings; version: string },
): Promise<MqttPublisher> {
  // Most benches have no broker.
  const { MqttPublisher } = await import("../../mqtt/mqtt_publisher.ts");
  return new MqttPublisher({
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
