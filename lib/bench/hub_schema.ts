/**
 * The part of a bench file about the hub of several benches.
 *
 * @module
 */
import { resolve } from "node:path";
import { z } from "zod";
import { section } from "../yaml/section.ts";
import { file, yesOrNo } from "./values.ts";

const server = z.custom<string>((value) => {
  const url = typeof value === "string" ? URL.parse(value) : null;
  return url !== null && /^(nats|tls):$/.test(url.protocol) && url.hostname !== "" && url.username === "";
}, "an address such as tls://hub.example.org:4222");

/** The name of a bench among others. */
export const BENCH_NAME = z.custom<string>(
  (value) => typeof value === "string" && /^[\w-]{1,64}$/.test(value),
  'a name of 1 to 64 letters, digits, "_" or "-"',
);

const view = z.custom<string>(
  (value) => typeof value === "string" && /^U[A-Z2-7]{55}$/.test(value),
  "the public nkey of a view: U and 55 letters or digits",
);

const tlsSection = section({ ca: file.optional(), cert: file.optional(), key: file.optional() });

const hubSection = section({
  servers: z.array(server, { error: "a list of addresses" }).min(1, "a list of addresses, at least one"),
  bench: BENCH_NAME.optional(),
  creds: file.optional(),
  nkey: file.optional(),
  views: z.array(view, { error: "a list of public nkeys" }).optional(),
  compress: z.union([yesOrNo, z.literal("catch-up")], { error: "true, false or catch-up" }).default("catch-up"),
  tls: tlsSection.optional(),
});

/** The keys of the sections, under the headings of `docs/bench-file.md`. */
export const HUB_SECTIONS: Readonly<Record<string, Readonly<Record<string, z.ZodType>>>> = {
  hub: hubSection.shape,
  "tls of the hub": tlsSection.shape,
};

/** The hub, as a bench file names it. */
export const hub = hubSection.superRefine(({ creds, nkey, tls }, context) => {
  const issue = (key: string, message: string) => context.addIssue({ code: "custom", path: [key], message });
  if (creds !== undefined && nkey !== undefined) issue("nkey", "no nkey beside creds");
  if (tls && (tls.cert === undefined) !== (tls.key === undefined)) issue("tls", "a cert with its key, or neither");
});

/** The hub of a bench. Paths are absolute. */
export interface BenchHub {
  servers: string[];
  /** Missing for a view. */
  bench?: string;
  creds?: string;
  nkey?: string;
  views?: string[];
  compress?: boolean | "catch-up";
  tls?: { ca?: string; cert?: string; key?: string };
}

/** The same, as the daemon uses it. */
export function benchHub(
  { servers, bench, creds, nkey, views, compress, tls }: z.output<typeof hubSection>,
  folder: string,
): BenchHub {
  const absolute = (paths: Record<string, string | undefined>) =>
    Object.fromEntries(
      Object.entries(paths).flatMap(([key, path]) => path === undefined ? [] : [[key, resolve(folder, path)]]),
    );
  return {
    ...{ servers, bench, ...absolute({ creds, nkey }) },
    ...views && { views },
    ...compress !== "catch-up" && { compress },
    ...tls && { tls: absolute(tls) },
  };
}
