/**
 * The part of a bench file about a broker of MQTT that gets the bench's streams and states.
 *
 * @module
 */
import { resolve } from "node:path";
import { z } from "zod";
import { section } from "../yaml/section.ts";
import { BENCH_NAME } from "./hub_schema.ts";
import { file, secret } from "./values.ts";

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

const tlsSection = section({ ca: file.optional(), cert: file.optional(), key: file.optional() });

const mqttSection = section({
  broker,
  bench: BENCH_NAME,
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
  if (tls && (tls.cert === undefined) !== (tls.key === undefined)) issue("tls", "a cert with its key, or neither");
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

/** The same, as the daemon uses it. @param password What the reference in the file stands for. */
export function benchMqtt(
  { broker, bench, prefix, user, tls }: z.output<typeof mqttSection>,
  password: unknown,
  folder: string,
): BenchMqtt {
  const paths = Object.entries(tls ?? {}).flatMap(([key, path]) =>
    path === undefined ? [] : [[key, resolve(folder, path)]]
  );
  return {
    ...{ broker, bench, prefix },
    ...user !== undefined && { user },
    ...password !== undefined && { password: String(password) },
    ...tls && { tls: Object.fromEntries(paths) },
  };
}
