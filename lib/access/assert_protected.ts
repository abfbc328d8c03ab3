import { LabError } from "../errors.ts";
import { isLoopback } from "../format/host_text.ts";
import type { Access, Authentication } from "./access.ts";

/**
 * @throws {LabError} `InvalidRequest` for a daemon that others on the network reach and that needs no token, unless its
 * bench file says so.
 */
export function assertProtected(host: string, authentication: Authentication, { isRequired }: Access): void {
  if (isLoopback(host) || isRequired || authentication === "none") return;
  throw new LabError(
    "InvalidRequest",
    [
      `Cannot start on ${host}: everyone on its network could command the instruments. There are two ways out:`,
      "  make a token with: deno task ctl token create <name> --scope admin",
      "  or write auth: none into the bench file, if the network itself keeps others out",
    ].join("\n"),
  );
}
