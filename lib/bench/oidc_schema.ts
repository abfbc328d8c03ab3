/**
 * The part of a bench file about the OpenID provider of an institute.
 *
 * @module
 */
import { z } from "zod";
import { deviceGlobsSchema, SCOPES } from "../wire/access.ts";
import { isLoopback } from "../format/host_text.ts";
import { section } from "../yaml/section.ts";
import { secret } from "./values.ts";

const text = (form: string) => z.custom<string>((value) => typeof value === "string" && value.trim() !== "", form);

const optional = (form: string, fallback: string) => text(form).nullish().transform((value) => value ?? fallback);

const issuer = z.custom<string>((value) => {
  const url = typeof value === "string" ? URL.parse(value) : null;
  if (!url || url.search !== "" || url.hash !== "" || url.username !== "") return false;
  return url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname));
}, "an https address, such as https://login.example.org/realms/lab");

const devices = z.custom<string[]>(
  (value) => deviceGlobsSchema.safeParse(value).success,
  "a list of ids of devices, in which * stands for any characters",
);

const scopes = z.custom<string[]>(
  (value) => Array.isArray(value) && value.includes("openid") && value.every((it) => /^[\x21-\x7e]+$/.test(String(it))),
  "a list of scopes of the provider, openid among them",
);

const groupSection = section({
  group: text("the name of a group, as the provider says it"),
  scope: z.enum(SCOPES, { error: "read, control or admin" }),
  devices: devices.nullish().transform((value) => value ?? null),
});

const oidcSection = section({
  issuer,
  client_id: text("the id under which the provider knows the daemon"),
  client_secret: secret.nullish(),
  label: optional("the words of a button", "Log in with your institute"),
  scopes: scopes.nullish().transform((value) => value ?? ["openid", "profile"]),
  groups_claim: optional("the name of a claim", "groups"),
  name_claim: optional("the name of a claim", "preferred_username"),
  groups: z.array(groupSection, { error: "a list of groups, at least one" }).min(1, "a list of groups, at least one"),
});

/** The keys of the sections, under the headings of `docs/bench-file.md`. */
export const OIDC_SECTIONS: Readonly<Record<string, Readonly<Record<string, z.ZodType>>>> = {
  oidc: oidcSection.shape,
  "A group of oidc": groupSection.shape,
};

/** The provider of a bench file. */
export const oidc = oidcSection;

/** The provider by which people log in, and the rights of their groups. */
export interface BenchOidc {
  issuer: string;
  clientId: string;
  clientSecret?: string;
  label: string;
  scopes: string[];
  groupsClaim: string;
  nameClaim: string;
  groups: { group: string; scope: (typeof SCOPES)[number]; devices: string[] | null }[];
}

/** The provider as the daemon uses it. */
export function benchOidc(found: z.output<typeof oidc>, clientSecret: unknown): BenchOidc {
  const { issuer, client_id: clientId, label, scopes, groups_claim: groupsClaim, name_claim: nameClaim, groups } =
    found;
  return {
    ...{ issuer, clientId, label, scopes, groupsClaim, nameClaim, groups },
    ...typeof clientSecret === "string" && { clientSecret },
  };
}
