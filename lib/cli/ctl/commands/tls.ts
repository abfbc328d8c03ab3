/**
 * The command that makes a certificate for a daemon that is reached by https.
 *
 * @module
 */
import { isIP } from "node:net";
import { join } from "node:path";
import type { Command } from "commander";
import { LabError, messageOf } from "../../../errors.ts";
import { HOST_FORM, isHost } from "../../../format/host_text.ts";
import type { AddCommand } from "./ctl.ts";

/** The longest time that browsers accept. */
const MAX_DAYS = 825;

const DAY_MS = 86_400_000;

/** The names by which a server is always reached on its own machine. */
const OWN_NAMES = ["localhost", "127.0.0.1", "::1"];

/** `ctl tls` */
export const tls: AddCommand = (program, ctl) => {
  const group: Command = program.command("tls").description("certificates for https");
  group.command("self-signed")
    .description("make a certificate that browsers and clients trust once it is given to them")
    .argument("[names...]", "host names and addresses by which others reach the daemon")
    .option("--out <folder>", "where cert.pem and key.pem are written", ".")
    .option("--days <number>", `how long it is valid, at most ${MAX_DAYS}`, readDays, MAX_DAYS)
    .addHelpText(
      "after",
      `
localhost, 127.0.0.1 and ::1 are always among the names. It writes no file that exists.`,
    )
    .action(async (names: string[], { out: folder, days }: { out: string; days: number }) => {
      const { out } = ctl();
      const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
      const made = await selfSigned([...names, ...OWN_NAMES], days);
      await writeNew(key, made.key, 0o600);
      await writeNew(cert, made.cert, 0o644);
      await out.print("# Lines for the bench file:");
      await out.print(`tls: { cert: ${cert}, key: ${key} }`);
    });
};

function readDays(text: string): number {
  const days = Number(text);
  if (Number.isInteger(days) && days >= 1 && days <= MAX_DAYS) return days;
  throw new LabError("InvalidRequest", `Cannot take "${text}" for --days: expected a number from 1 to ${MAX_DAYS}`);
}

/** A certificate for these names and its key, in PEM. The certificate signs no other certificate. */
async function selfSigned(names: string[], days: number): Promise<{ cert: string; key: string }> {
  const wrong = names.find((name) => !isHost(name));
  if (wrong !== undefined) {
    throw new LabError("InvalidRequest", `Cannot make a certificate for "${wrong}": expected ${HOST_FORM}`);
  }
  // Of all commands this one alone needs it.
  const { generate } = await import("selfsigned");
  const altNames = names.map((name) => isIP(name) ? { type: 7 as const, ip: name } : { type: 2 as const, value: name });
  const made = await generate([{ name: "commonName", value: names[0] }], {
    keyType: "ec",
    algorithm: "sha256",
    notAfterDate: new Date(Date.now() + days * DAY_MS),
    extensions: [{ name: "basicConstraints", cA: false, critical: true }, { name: "subjectAltName", altNames }],
  });
  return { cert: made.cert, key: made.private };
}

/** @throws {LabError} `InvalidRequest`, also for a file that exists: it may be in use. */
async function writeNew(path: string, text: string, mode: number): Promise<void> {
  try {
    await Deno.writeTextFile(path, text, { createNew: true, mode });
  } catch (cause) {
    const found = cause instanceof Deno.errors.AlreadyExists ? "there is one already" : messageOf(cause);
    throw new LabError("InvalidRequest", `Cannot write ${path}: ${found}`, { cause });
  }
}
