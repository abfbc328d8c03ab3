/**
 * The transport `http`: instruments that answer HTTP requests with JSON or text.
 *
 * @module
 */
import { defineTransport } from "../../transport.ts";
import { httpCommand, httpKeys, httpParams, httpSetting, httpValue } from "./schema.ts";
import { openHttp } from "./session.ts";

/** The transport. */
export const transport = defineTransport({
  name: "http",
  summary: "JSON or text over HTTP",
  params: httpParams,
  keys: httpKeys,
  value: httpValue,
  setting: httpSetting,
  command: httpCommand,
  isWritable: ({ set }) => set !== undefined,
  isReadable: ({ get }) => get !== undefined,
  permissions: ({ url }) => {
    const { hostname, port, protocol } = new URL(url);
    return { net: [`${hostname}:${port || (protocol === "https:" ? 443 : 80)}`] };
  },
  open: openHttp,
});
