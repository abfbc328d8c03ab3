/**
 * The transport `scpi`: instruments that answer questions in lines of text.
 *
 * @module
 */
import { connectLines } from "../../../driver/connect_tcp.ts";
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
  permissions: ({ host, port }) => ({ net: [host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`] }),
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

async function connect({ host: hostname, port, timeout }: ScpiParams, signal: AbortSignal): Promise<ScpiLink> {
  const lines = await connectLines({ hostname, port, timeoutMs: timeout * 1000, signal });
  return {
    peer: `${hostname}:${port}`,
    // Without a signal: a query that is given up closes the connection, and the end of a stream is no reason for that.
    query: (text) => lines.query(text),
    write: (text) => lines.write(text),
    close: () => lines.close(),
  };
}
