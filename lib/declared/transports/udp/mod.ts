/**
 * The transport `udp`: instruments that send datagrams of bytes or text.
 *
 * @module
 */
import { defineTransport } from "../../transport.ts";
import { udpCommand, udpKeys, udpParams, udpProblems, udpSetting, udpTypeOf, udpValue } from "./schema.ts";
import { openUdp } from "./session.ts";
import { withPort } from "../../../format/host_text.ts";

/** The transport. */
export const transport = defineTransport({
  name: "udp",
  summary: "Datagrams of bytes or text",
  params: udpParams,
  keys: udpKeys,
  value: udpValue,
  setting: udpSetting,
  command: udpCommand,
  typeOf: udpTypeOf,
  isReadable: () => false,
  pushes: () => true,
  permissions: ({ address, port, to_host, to_port }) => {
    return {
      net: [
        withPort(address, port),
        ...to_host !== undefined && to_port !== undefined ? [withPort(to_host, to_port)] : [],
      ],
    };
  },
  problems: udpProblems,
  open: openUdp,
});
