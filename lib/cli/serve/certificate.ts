import { getLogger } from "@logtape/logtape";
import { markOf, readIfReachable } from "../../access/private_file.ts";
import { delay } from "../../async/mod.ts";
import { LabError, messageOf } from "../../errors.ts";

/** The paths of a certificate and its key, in PEM. */
export interface CertificatePaths {
  cert: string;
  key: string;
}

/** A certificate, with those of its authorities behind it, and its key: in PEM. */
export interface Certificate {
  cert: string;
  key: string;
}

/** A new certificate takes effect within this time. */
const CHECK_MS = 5_000;

const logger = getLogger(["labdaemon", "http"]);

/**
 * Reads a certificate and its key.
 *
 * @throws {LabError} `InvalidRequest` for a file that cannot be read, and for two that do not belong together.
 */
export async function readCertificate(paths: CertificatePaths): Promise<Certificate> {
  const [cert, key] = await Promise.all([read("cert", paths.cert), read("key", paths.key)]);
  try {
    // The runtime has no other way to check them than to listen.
    Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert, key }).close();
  } catch (cause) {
    const files = `tls.cert ${paths.cert} with tls.key ${paths.key}`;
    throw new LabError(
      "InvalidRequest",
      `Cannot use ${files}: ${messageOf(cause)}; both must be PEM, and belong together`,
      {
        cause,
      },
    );
  }
  return { cert, key };
}

async function read(name: string, path: string): Promise<string> {
  try {
    return await readIfReachable(path);
  } catch (cause) {
    throw new LabError("InvalidRequest", `Cannot read tls.${name} ${path}: ${messageOf(cause)}`, { cause });
  }
}

/**
 * Calls `changed` with each new version of a certificate, until the signal aborts. A version that cannot be used, as while
 * its files are being replaced, is logged once, and tried again.
 */
export async function watchCertificate(
  paths: CertificatePaths,
  changed: (certificate: Certificate) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const marks = async () => (await Promise.all([markOf(paths.cert), markOf(paths.key)])).join();
  let used = await marks().catch(messageOf);
  let failed: string | undefined;
  while (!signal.aborted) {
    await delay(CHECK_MS, { signal }).catch(() => {});
    if (signal.aborted) return;
    // The marks first: a change while the files are read is then seen the next time.
    const found = await marks().catch(messageOf);
    if (found === used) continue;
    try {
      const certificate = await readCertificate(paths);
      if (signal.aborted) return;
      used = found;
      await changed(certificate);
      logger.info("New connections use the new certificate in {cert}", { cert: paths.cert });
    } catch (error) {
      if (found !== failed) logger.error("{error}; the certificate before it stays", { error: messageOf(error) });
      failed = found;
    }
  }
}
