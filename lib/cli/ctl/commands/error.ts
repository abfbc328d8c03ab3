import { clockTime } from "../clock_time.ts";
import type { Command } from "../command.ts";

/** `ctl error` */
export const error: Command = {
  name: "error",
  about: "the last error of a device",
  arguments: [{ name: "id" }],
  options: { clear: { about: "forget it" } },
  async run(given, { api, out, paint }) {
    const [id] = given.words;
    if (given.has("clear")) {
      await api.clearDeviceError(id);
      return await out.print(paint(`The last error of ${id} is forgotten`));
    }
    const last = await api.getDeviceError(id);
    if (!last) return await out.print(paint(`${id} has no error`));
    await out.print(paint(`${clockTime(last.timestamp)}  ${last.type}: ${last.message}`, "red"));
  },
};
