import type { LeaseMark } from "../../lib/client/mod.ts";
import { dateAndTime } from "../words/times.ts";

/** The owner of a device's lease, its purpose, and its end, in words. */
export function ownerWords({ owner, purpose, expires_at, state }: LeaseMark): string {
  if (state === "ending") return `none: the lease of ${owner} has ended, and it is being made safe`;
  return `${owner}${purpose && `, for ${purpose}`}, until ${dateAndTime(Date.parse(expires_at))} unless it is renewed`;
}
