/**
 * The keys of MQTT drivers.
 *
 * @module
 */
import { z } from "zod";
import { section } from "../../../yaml/section.ts";
import { refineTemplate, TEMPLATE_FORM } from "../../format_spec.ts";
import { hostSchema, payloadKeys, portSchema } from "../../payload.ts";

const text = z.string({ error: "a text" });

/** A topic of messages, without the wildcards of subscriptions. */
const topic = text.regex(/^[^#+\0]{1,1000}$/, "a topic without + and #");

const template = text.superRefine(refineTemplate);

const qos = z.union([z.literal(0), z.literal(1), z.literal(2)], { error: "one of 0, 1, 2" });

/** The params of a device. */
export const mqttParams = z.strictObject({
  host: hostSchema.meta({ description: "The broker" }),
  port: portSchema.optional().meta({ description: "The TCP port; 1883 without it, with tls 8883" }),
  user: text.optional().meta({ description: "The name of a user" }),
  password: text.optional().meta({ description: "The user's password, such as `{ env: BROKER_PASSWORD }`" }),
  tls: z.boolean().default(false).meta({ description: "True: encrypted, and the broker's certificate is checked" }),
  ca: text.optional().meta({
    description: "The certificate of the authority that has signed the broker's, in PEM: `{ file: ca.pem }`",
  }),
  certificate: text.optional().meta({ description: "The certificate of this client, in PEM: `{ file: client.pem }`" }),
  private_key: text.optional().meta({ description: "Its key, in PEM: `{ file: client.key }`" }),
  client_id: text.min(1).max(100).optional().meta({ description: "The id of this client; a random one without it" }),
  prefix: text.default("").meta({ description: "Stands in front of each topic of the file, such as `lab/bath1/`" }),
  timeout: z.number().positive("a number above 0").max(60, "at most 60").default(5).meta({
    description: "The limit of connecting, of each acknowledgement, and of the answer to a setting",
    unit: "s",
  }),
}).refine(({ tls, ca, certificate }) => tls || (ca === undefined && certificate === undefined), {
  message: "true, since ca and certificate are for encrypted connections",
  path: ["tls"],
});

/** The keys of a MQTT file. */
export const mqttKeys = z.strictObject({
  availability: section({
    topic,
    offline: text.default("offline"),
  }).optional().meta({
    description: "The topic and the text of the instrument's own last will: the broker says there that it has left",
  }),
  last_will: section({
    topic,
    payload: text,
    retain: z.boolean().default(false),
  }).optional().meta({ description: "What the broker publishes when it loses the daemon, such as a command to stop" }),
  qos: qos.default(1).meta({ description: "The quality of service of subscriptions and of what is published" }),
});

/** The address of a value. */
export const mqttValue = z.strictObject({
  topic: topic.meta({ description: "The topic of its messages" }),
  ...payloadKeys,
});

/** The address of a setting. */
export const mqttSetting = z.strictObject({
  publish: topic.optional().meta({
    description: "The topic to which it is published. Without it, the property is read-only",
  }),
  payload: template.default("{}").meta({ description: TEMPLATE_FORM }),
  retain: z.boolean().default(false).meta({
    description: "True: the broker keeps what is published for later readers",
  }),
  topic: topic.optional().meta({
    description: "The topic on which the instrument reports it. Without it, it is not read back",
  }),
  ...payloadKeys,
}).refine(
  ({ publish, topic }) => publish !== undefined || topic !== undefined,
  "a mapping with publish, topic, or both",
);

/** An entry of `safe`. */
export const mqttCommand = section({
  publish: topic,
  payload: text,
  retain: z.boolean().default(false),
});

/** The params of a device, with their defaults. */
export type MqttParams = z.output<typeof mqttParams>;
/** The keys of a driver file. */
export type MqttKeys = z.output<typeof mqttKeys>;
/** The address of a value: a topic. */
export type MqttValue = z.output<typeof mqttValue>;
/** The address of a setting: a topic. */
export type MqttSetting = z.output<typeof mqttSetting>;
/** A message that a command publishes. */
export type MqttCommand = z.output<typeof mqttCommand>;
