/**
 * The command that opens the page in the browser.
 *
 * @module
 */
import { type AddCommand, deviceIdArgument } from "./ctl.ts";

/** `ctl open` */
export const open: AddCommand = (program, ctl) =>
  program.command("open")
    .description("open the page in the browser, or print its address where there is none")
    .argument("[id]", "the page of this device", (id) => deviceIdArgument(id))
    .action(async (id: string | undefined) => {
      const { api, url, out, browse } = ctl();
      // The daemon has to answer, and to know the device.
      if (id === undefined) await api.health();
      else await api.getDevice(id);
      const address = `${url.replace(/\/+$/, "")}/${id === undefined ? "" : `#/devices/${encodeURIComponent(id)}`}`;
      if (!await browse(address)) await out.print(address);
    });
