/**
 * The transport `scpi`: instruments that answer questions in lines of text.
 *
 * @module
 */
import { linkPermissions, peerOf } from "../../line_link.ts";
import { shareLines } from "../../shared_lines.ts";
import { defineTransport } from "../../transport.ts";
import type { Permissions } from "../../../wire/driver.ts";
import { HISLIP_PORT, openHislip } from "./links/hislip.ts";
import { MessageLink } from "./links/message_link.ts";
import { openVxi11 } from "./links/vxi11.ts";
import { scpiCommand, scpiKeys, type ScpiParams, scpiParams, scpiSetting, scpiValue } from "./schema.ts";
import type { ScpiLink } from "./links/scpi_link.ts";
import { ScpiSession } from "./scpi_session.ts";

/** The transport `scpi`. */
export const transport = defineTransport({
  name: "scpi",
  summary: "Questions and commands in lines of text, as SCPI instruments have them",
  params: scpiParams,
  keys: scpiKeys,
  value: scpiValue,
  setting: scpiSetting,
  command: scpiCommand,
  isWritable: (address) => "set" in address && address.set !== undefined,
  isReadable: ({ ask }) => ask !== undefined,
  permissions: permissionsOf,
  typeOf: (address) => "block" in address && address.block ? "array" : undefined,
  async open({ params, keys }, signal) {
    const link = await connect(params, signal);
    const session = new ScpiSession(link, keys, params.timeout * 1000);
    try {
      await session.begin(signal);
      return session;
    } catch (error) {
      await link.close();
      throw error;
    }
  },
});

/** The usual port of instruments that answer lines. */
const LINES_PORT = 5025;

async function connect(params: ScpiParams, signal: AbortSignal): Promise<ScpiLink> {
  const { link, host = "", port, device, timeout } = params;
  const timeoutMs = timeout * 1000;
  if (link === "vxi11") {
    return new MessageLink(await openVxi11({ host, port, device: device ?? "inst0", timeoutMs, signal }), timeoutMs);
  }
  if (link === "hislip") {
    const options = { host, port: port ?? HISLIP_PORT, device: device ?? "hislip0", timeoutMs, signal };
    return new MessageLink(await openHislip(options), timeoutMs);
  }
  const address = { ...params, port: port ?? LINES_PORT };
  return { peer: peerOf(address), ...await shareLines(address, signal) };
}

/** The permissions of a device. The ports of VXI-11 are known only to the instrument, unless one is given. */
function permissionsOf(params: ScpiParams): Permissions {
  const { link, host, port } = params;
  if (link === "vxi11" && port === undefined && host !== undefined) return { net: [host] };
  return linkPermissions({ ...params, port: port ?? (link === "hislip" ? HISLIP_PORT : LINES_PORT) });
}
