import type { Command } from "../command.ts";
import { printJson } from "../print_json.ts";

/** `ctl show` */
export const show: Command = {
  name: "show",
  about: "all about one device, as JSON",
  arguments: [{ name: "id" }],
  run: async ({ words: [id] }, { api, out }) => await printJson(out, await api.getDevice(id)),
};
