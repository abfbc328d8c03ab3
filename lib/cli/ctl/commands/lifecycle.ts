import type { DeviceStatus } from "../../../client/mod.ts";
import type { Command, Ctl } from "../command.ts";
import { readNamedFields, withJson } from "../fields.ts";
import { colourOf } from "../paint.ts";

const id = { name: "id" };

/** `ctl connect` */
export const connect: Command = {
  name: "connect",
  about: "connect a device, and keep it connected",
  arguments: [id],
  run: async ({ words: [id] }, ctl) => await tell(ctl, await ctl.api.connectDevice(id)),
};

/** `ctl disconnect` */
export const disconnect: Command = {
  name: "disconnect",
  about: "disconnect a device",
  arguments: [id],
  run: async ({ words: [id] }, ctl) => await tell(ctl, await ctl.api.disconnectDevice(id)),
};

/** `ctl start` */
export const start: Command = {
  name: "start",
  about: "make a device stream, whether or not somebody reads",
  arguments: [id, { name: "option=value", optional: true, many: true }],
  options: { json: { value: "object", about: `further options as JSON, such as '{"channels": [1, 2]}'` } },
  notes: `Values are read as those of call.

  deno task ctl start daq1 sample_rate=100`,
  async run(given, ctl) {
    const [id, ...words] = given.words;
    const { device_type } = await ctl.api.getDevice(id);
    const driver = (await ctl.api.listDrivers()).find(({ name }) => name === device_type);
    const options = withJson(given.value("json"), readNamedFields(words, driver?.options ?? {}));
    await tell(ctl, await ctl.api.startStream(id, options));
  },
};

/** `ctl stop` */
export const stop: Command = {
  name: "stop",
  about: "end a device's stream for everybody",
  arguments: [id],
  async run({ words: [id] }, { api, out, paint }) {
    await api.stopStream(id);
    await out.print(paint(`${id} has stopped`));
  },
};

/** `ctl enable` */
export const enable: Command = {
  name: "enable",
  about: "put a device back into service",
  arguments: [id],
  run: async ({ words: [id] }, ctl) => await tell(ctl, await ctl.api.enableDevice(id)),
};

/** `ctl disable` */
export const disable: Command = {
  name: "disable",
  about: "take a device out of service: it stays disconnected until it is enabled",
  arguments: [id],
  run: async ({ words: [id] }, ctl) => await tell(ctl, await ctl.api.disableDevice(id)),
};

/** `ctl remove` */
export const remove: Command = {
  name: "remove",
  about: "stop, disconnect and remove a device",
  arguments: [id],
  async run({ words: [id] }, { api, out, paint }) {
    await api.removeDevice(id);
    await out.print(paint(`${id} is removed`));
  },
};

/** How a device is now. */
async function tell({ out, paint }: Ctl, { device_id, state, disabled }: DeviceStatus): Promise<void> {
  const words = disabled ? "disabled" : state;
  await out.print(`${paint(device_id)} is ${paint(words, disabled ? "gray" : colourOf(state))}`);
}
