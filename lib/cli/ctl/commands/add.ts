import type { Command } from "../command.ts";
import { readNamedFields, withJson } from "../fields.ts";

/** `ctl add` */
export const add: Command = {
  name: "add",
  about: "make a device of a type",
  arguments: [{ name: "id" }, { name: "type" }, { name: "param=value", optional: true, many: true }],
  options: { json: { value: "object", about: `further params as JSON, such as '{"channels": [1, 2]}'` } },
  notes: `It is not connected yet. Values are read as those of call. The types: deno task ctl drivers

  deno task ctl add daq2 StreamingDAQ high=5`,
  async run(given, { api, out, paint }) {
    const [id, type, ...words] = given.words;
    const driver = (await api.listDrivers()).find(({ name }) => name === type);
    const params = withJson(given.value("json"), readNamedFields(words, driver?.params ?? {}));
    await api.addDevice(id, type, params);
    await out.print(paint(`${id} is there. Connect it: deno task ctl connect ${id}`));
  },
};
