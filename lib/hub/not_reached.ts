import { messageOf } from "../errors.ts";
import type { HubOptions } from "./hub_options.ts";

/** The reason why a view without a key is answered by no bench, and how to go on. */
export const NO_KEY =
  "the view has no nkey to sign with; start it with --hub-key reader.seed, or with hub.nkey in its bench file";

/** The causes that newcomers meet, by the words of the client's error, and the remedy of each. */
const CAUSES: readonly [RegExp, string][] = [
  [/connection refused/i, "no program listens there: start nats-server, or correct the port"],
  [/ENOTFOUND|EAI_AGAIN/, "no machine has this name: correct it, or the name server"],
  [/^timeout$/i, "no NATS server answers there: correct the port, or open the firewall"],
  [
    /unable to verify|self.signed|unknown issuer|issuer certificate/i,
    "this machine does not know the authority of the server's certificate: name its file as ca (hub.tls.ca in the bench " +
    "file, --ca of hub keep)",
  ],
  [/does not match certificate/i, "the certificate is for another name: use the name in it as the address"],
  [
    /authorization violation/i,
    "the server does not know the key: it needs the public part of this seed (nkey) in its configuration, and a reload",
  ],
  [
    /permissions violation/i,
    "the key is that of another user: hub.bench has to be the bench whose seed hub.nkey is, and hub keep needs keeper.seed",
  ],
  [
    /insufficient storage/i,
    "the --max-bytes of hub keep, times the benches, have to be less than max_file_store of the server's configuration: make " +
    "the one smaller, or the other one larger",
  ],
];

/** The servers, why they are not reached, and how to go on, in words that stay the same while the cause does. */
export function notReached(error: unknown, { servers }: Pick<HubOptions, "servers">): string {
  // The rest of the subject is another one for each attempt.
  const text = messageOf(error).replace(/(_INBOX_?[\w-]*)\.[\w.*]+/g, "$1.…");
  const advice = CAUSES.find(([cause]) => cause.test(text))?.[1];
  return `${servers.join(", ")}: ${text}${advice === undefined ? "" : ` (${advice})`}`;
}
