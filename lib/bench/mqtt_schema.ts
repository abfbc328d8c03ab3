/**
 * The part of a bench file about a broker of MQTT that gets the bench's streams and states.
 *
 * @module
 */
import { z } from "zod";
import { section } from "../yaml/section.ts";
import { absolutePaths, hasWholeCertificate, name, secret, tlsSection, WHOLE_CERTIFICATE } from "./values.ts";

const broker = z.custom<string>((value) => {
  const url = typeof value === "string" ? URL.parse(value) : null;
  const isBare = url?.username === "" && url.search === "" && url.hash === "" && /^\/?$/.test(url.pathname);
  return isBare && /^mqtts?:$/.test(url!.protocol) && url!.hostname !== "";
}, "an address such as mqtts://broker.example.org:8883");

const topic = z.custom<string>(
  (value) => typeof value === "string" && /^[^+#$\0\s/][^+#\0\s]{0,199}$/.test(value) && !value.endsWith("/"),
  "the beginning of topics, without + and #",
);

const user = z.custom<string>((value) => typeof value === "string" && value !== "", "the name of a user");

const mqttSection = section({
  broker,
  bench: name,
  prefix: topic.nullish().transform((value) => value ?? "lab"),
  user: user.optional(),
  password: secret.optional(),
  tls: tlsSection.optional(),
});

/** The keys of the sections, under the headings of `docs/bench-file.md`. */
export const MQTT_SECTIONS: Readonly<Record<string, Readonly<Record<string, z.ZodType>>>> = {
  mqtt: mqttSection.shape,
  "tls of the broker": tlsSection.shape,
};

/** The broker, as a bench file names it. */
export const mqtt = mqttSection.superRefine(({ broker, user, password, tls }, context) => {
  const issue = (key: string, message: string) => context.addIssue({ code: "custom", path: [key], message });
  if (password !== undefined && user === undefined) issue("password", "a user with the password");
  if (tls && broker.startsWith("mqtt:")) issue("tls", "an address with mqtts:// beside tls");
  if (tls && !hasWholeCertificate(tls)) issue("tls", WHOLE_CERTIFICATE);
});

/** The broker of a bench. Paths are absolute. */
export interface BenchMqtt {
  broker: string;
  bench: string;
  prefix: string;
  user?: string;
  password?: string;
  tls?: { ca?: string; cert?: string; key?: string };
}

/**
 * The MQTT settings as the daemon uses them.
 *
 * @param password The secret that the reference in the file stands for.
 */
export function benchMqtt(
  { broker, bench, prefix, user, tls }: z.output<typeof mqttSection>,
  password: unknown,
  folder: string,
): BenchMqtt {
  return {
    ...{ broker, bench, prefix },
    ...user !== undefined && { user },
    ...password !== undefined && { password: String(password) },
    ...tls && { tls: absolutePaths(tls, folder) },
  };
}
