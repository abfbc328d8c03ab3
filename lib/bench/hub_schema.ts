/**
 * The part of a bench file about the hub of several benches.
 *
 * @module
 */
import { z } from "zod";
import { section } from "../yaml/section.ts";
import { absolutePaths, file, hasWholeCertificate, name, tlsSection, WHOLE_CERTIFICATE, yesOrNo } from "./values.ts";

const server = z.custom<string>((value) => {
  const url = typeof value === "string" ? URL.parse(value) : null;
  return url !== null && /^(nats|tls):$/.test(url.protocol) && url.hostname !== "" && url.username === "";
}, "an address such as tls://hub.example.org:4222");

const view = z.custom<string>(
  (value) => typeof value === "string" && /^U[A-Z2-7]{55}$/.test(value),
  "the public nkey of a view: U and 55 letters or digits",
);

const hubSection = section({
  servers: z.array(server, { error: "a list of addresses" }).min(1, "a list of addresses, at least one"),
  bench: name.optional(),
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
  if (tls && !hasWholeCertificate(tls)) issue("tls", WHOLE_CERTIFICATE);
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

/** The settings of the hub, as the daemon uses them. */
export function benchHub(
  { servers, bench, creds, nkey, views, compress, tls }: z.output<typeof hubSection>,
  folder: string,
): BenchHub {
  return {
    ...{ servers, bench, ...absolutePaths({ creds, nkey }, folder) },
    ...views && { views },
    ...compress !== "catch-up" && { compress },
    ...tls && { tls: absolutePaths(tls, folder) },
  };
}
