/** The topics of a bench. Ids of devices and names of benches have no `/`, `+` or `#`. */

/** The topic of the bench itself, retained. */
export function benchTopic(root: string): string {
  return `${root}/bench`;
}

/** The kinds of topics of a device: its status and its place are retained, its events are not. */
export type DeviceTopic = "status" | "events" | "last";

/** A topic of a device; `+` is each device. */
export function deviceTopic(root: string, deviceId: string, kind: DeviceTopic): string {
  return `${root}/devices/${deviceId}/${kind}`;
}

/** The device of such a topic. */
export function deviceOf(root: string, topic: string): string {
  return topic.slice(`${root}/devices/`.length).split("/")[0];
}
