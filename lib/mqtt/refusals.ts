import { ReasonCodes } from "mqtt";
import constants from "mqtt-packet/constants.js";
import { messageOf } from "../errors.ts";
import type { MqttOptions } from "./mqtt_options.ts";

const TOO_LARGE = 0x95;

// mosquitto acknowledges a message beyond its message_size_limit with this code, a standard code for connections only.
// Without this entry, the client would end the connection of all devices.
(constants.MQTT5_PUBACK_PUBREC_CODES as Record<number, string>)[TOO_LARGE] ??= "Packet too large";

/** A message that the broker does not take, over a connection that goes on. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";

  /** @param isTooLarge True if the broker would take a smaller message. */
  constructor(message: string, readonly isTooLarge = false) {
    super(message);
  }
}

/** The refusal of a message of `bytes`; `undefined` if the error is none. */
export function refusalOf(error: unknown, topic: string, bytes: number): RefusedError | undefined {
  const { code } = error as { code?: unknown };
  if (typeof code !== "number" || code < 0x80) return undefined;
  if (code === TOO_LARGE) return tooLarge(topic, bytes);
  const advice = code === 0x87 ? ": its rights have to allow this user to write there" : "";
  return new RefusedError(`it refuses ${topic} (${ReasonCodes[code as keyof typeof ReasonCodes] ?? code})${advice}`);
}

/** The refusal of a message that is too large. @param limit That of a packet, where the broker has named it. */
export function tooLarge(topic: string, bytes: number, limit?: number): RefusedError {
  const found = limit === undefined ? "are more than it takes" : `are more than its ${limit}`;
  const advice = "its limit has to be larger (mosquitto: message_size_limit, max_packet_size)";
  return new RefusedError(`the ${bytes} bytes for ${topic} ${found}: ${advice}`, true);
}

/** The reason that a broker gives when it ends a connection. */
export function endedBy(code: number | undefined): string {
  const reason = code ? ReasonCodes[code as keyof typeof ReasonCodes] ?? `code ${code}` : "";
  return `the broker has closed the connection${reason && `: ${reason}`}`;
}

/** The causes that newcomers meet, by the words of the error, and the remedy of each. */
const CAUSES: readonly [RegExp, string][] = [
  [/ECONNREFUSED/, "no program listens there: start the broker, or correct the port"],
  [/ENOTFOUND|EAI_AGAIN/, "no machine has this name: correct it, or the name server"],
  [
    /connack timeout/,
    "no broker answers there: correct the address, open the firewall, or use mqtts:// for one with TLS",
  ],
  [
    /unable to verify|self.signed|unknown issuer|issuer certificate/i,
    "this machine does not know the authority of the broker's certificate, or that has expired: name the authority's file as " +
    "mqtt.tls.ca, or renew the certificate",
  ],
  [/altnames|does not match certificate/i, "the certificate is for another name: use the name in it as the address"],
  [/No such file/, "mqtt.tls of the bench file names it: correct the path"],
  [/before it has answered|before secure TLS/, "use mqtts:// for a broker with TLS, mqtt:// for one without"],
  [
    /Invalid header flag bits|Malformed|Invalid variable byte/i,
    "what listens there does not answer as a broker: correct the port, or use mqtts:// for one with TLS",
  ],
  [/CertificateRequired/, "the broker asks for a certificate: name it as mqtt.tls.cert, and its key as mqtt.tls.key"],
  [
    /refused: (Not authorized|Bad user)/i,
    "the broker does not know this user with this password: correct mqtt.user and mqtt.password",
  ],
  [
    // Not all brokers say why.
    /closed the connection$|taken over/,
    "if that goes on, another program has the client id of this bench: each bench of a broker needs another mqtt.bench, and " +
    "runs once",
  ],
  [
    /Retain not supported|QoS not supported/,
    "the broker has to keep messages, and to take the quality of service 1 (mosquitto: retain_available, max_qos)",
  ],
];

/** The broker, what was found there, and how to go on, in words that stay the same while the cause does. */
export function brokerNotReached(error: unknown, { broker }: Pick<MqttOptions, "broker">): string {
  const text = messageOf(error);
  const advice = CAUSES.find(([cause]) => cause.test(text))?.[1];
  return `${broker}: ${text}${advice === undefined ? "" : ` (${advice})`}`;
}
