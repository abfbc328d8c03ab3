/**
 * The transport `scpi`: instruments that answer questions in lines of text.
 *
 * @module
 */
import { linkPermissions, openLink, peerOf } from "../../line_link.ts";
import { defineTransport } from "../../transport.ts";
import { scpiCommand, scpiKeys, type ScpiParams, scpiParams, scpiSetting, scpiValue } from "./schema.ts";
import { type ScpiLink, ScpiSession } from "./scpi_session.ts";

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
  permissions: linkPermissions,
  typeOf: (address) => "block" in address && address.block ? "array" : undefined,
  async open({ params, keys }, signal) {
    const link = await connect(params, signal);
    const session = new ScpiSession(link, keys);
    try {
      await session.begin(signal);
      return session;
    } catch (error) {
      await link.close();
      throw error;
    }
  },
});

async function connect(params: ScpiParams, signal: AbortSignal): Promise<ScpiLink> {
  const lines = await openLink(params, signal);
  return {
    peer: peerOf(params),
    query: (text, options) => lines.query(text, options),
    queryBlock: (text, options) => lines.queryBlock(text, options),
    write: (text, options) => lines.write(text, options),
    close: () => lines.close(),
  };
}
