/**
 * The transport `mqtt`: instruments that publish to topics of a broker.
 *
 * @module
 */
import { defineTransport } from "../../transport.ts";
import { portOf } from "./client_options.ts";
import { mqttCommand, mqttKeys, mqttParams, mqttSetting, mqttValue } from "./schema.ts";
import { openMqttSession } from "./session.ts";
import { withPort } from "../../../format/host_text.ts";

/** The transport. */
export const transport = defineTransport({
  name: "mqtt",
  summary: "What an instrument publishes to topics of a broker, and what it takes from them",
  params: mqttParams,
  keys: mqttKeys,
  value: mqttValue,
  setting: mqttSetting,
  command: mqttCommand,
  isWritable: ({ publish }) => publish !== undefined,
  isReadable: ({ topic }) => topic !== undefined,
  pushes: () => true,
  permissions: (params) => {
    const { host } = params;
    return { net: [withPort(host, portOf(params))] };
  },
  open: openMqttSession,
});
