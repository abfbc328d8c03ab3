import type { Command } from "../command.ts";
import { readFields, withJson } from "../fields.ts";
import { printJson } from "../print_json.ts";

/** `ctl call` */
export const call: Command = {
  name: "call",
  about: "call a method, and print its result as JSON",
  arguments: [{ name: "id" }, { name: "method" }, { name: "key=value | value", optional: true, many: true }],
  options: { json: { value: "object", about: `further arguments as JSON, such as '{"volts": [1, 2]}'` } },
  notes:
    `Values without a name fill the method's parameters in their order. Where a text is wanted, a value is that text;
elsewhere it is read as JSON, and what is no JSON is a text: 5, true, [1,2], on. A list may also be written 1,2.

  deno task ctl call daq1 set_high 5
  deno task ctl call daq1 set_high volts=5`,
  async run(given, { api, out }) {
    const [id, method, ...words] = given.words;
    const known = (await api.getDeviceMethods(id)).find(({ name }) => name === method);
    const { args, named } = readFields(words, known?.input ?? {});
    const kwargs = withJson(given.value("json"), named);
    await printJson(out, await api.callDeviceMethod(id, method, { args, kwargs }));
  },
};
