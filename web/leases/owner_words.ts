import type { LeaseMark } from "../../lib/client/mod.ts";
import { dateAndTime } from "../words/times.ts";

/** Who has leased a device, what for, and until when. */
export function ownerWords({ owner, purpose, expires_at, state }: LeaseMark): string {
  if (state === "ending") return `none: the lease of ${owner} has ended, and it is being made safe`;
  return `${owner}${purpose && `, for ${purpose}`}, until ${dateAndTime(Date.parse(expires_at))} unless it is renewed`;
}
