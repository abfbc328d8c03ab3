import type { IClientOptions } from "mqtt";
import type { MqttKeys, MqttParams } from "./schema.ts";

/** The pings of an idle connection, in seconds. A broker that does not answer one is lost. */
const KEEP_ALIVE_S = 10;

/** The port of a broker. */
export function portOf({ port, tls }: MqttParams): number {
  return port ?? (tls ? 8883 : 1883);
}

/** The params and keys of a device as options of the package. */
export function optionsOf(params: MqttParams, { last_will, qos }: MqttKeys): IClientOptions {
  const { host, user, password, tls, ca, certificate, private_key, prefix, timeout } = params;
  return {
    protocol: tls ? "mqtts" : "mqtt",
    host,
    port: portOf(params),
    username: user,
    password,
    ...(tls && { ca, cert: certificate, key: private_key, servername: isAddress(host) ? "" : host }),
    clientId: params.client_id ?? `labdaemon-${crypto.randomUUID().slice(0, 13)}`,
    clean: true,
    keepalive: KEEP_ALIVE_S,
    connectTimeout: timeout * 1000,
    // The host of the driver connects again.
    reconnectPeriod: 0,
    resubscribe: false,
    timerVariant: "native",
    ...(last_will && {
      will: {
        ...last_will,
        topic: prefix + last_will.topic,
        payload: new TextEncoder().encode(last_will.payload),
        qos,
      },
    }),
  } as IClientOptions;
}

function isAddress(host: string): boolean {
  return /^[\d.]+$|:/.test(host);
}
