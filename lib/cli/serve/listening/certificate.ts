import { getLogger } from "@logtape/logtape";
import { markOf, readIfReachable } from "../../../access/private_file.ts";
import { abortable, deadline, DeadlineError, delay } from "../../../async/mod.ts";
import { LabError, messageOf } from "../../../errors.ts";

/** The paths of a certificate and its key, in PEM. */
export interface CertificatePaths {
  cert: string;
  key: string;
}

/** A certificate with the certificates of its authorities behind it, and its key, in PEM. */
export interface Certificate {
  cert: string;
  key: string;
}

/** Access to the files of a certificate. */
export interface CertificateFiles {
  /** Changes with the content of a file. */
  mark(path: string): Promise<string | undefined>;
  read(path: string): Promise<string>;
  /** @throws for two that do not belong together. */
  check(certificate: Certificate): void;
}

/** The files themselves. The runtime has no other way to check them than to listen. */
const FILES: CertificateFiles = {
  mark: markOf,
  read: readIfReachable,
  check: (certificate) => Deno.listenTls({ hostname: "127.0.0.1", port: 0, ...certificate }).close(),
};

/** A new certificate takes effect within this time. */
const CHECK_MS = 5_000;

/** The time for the files to be read at the start; after it, the log says that they do not answer. */
const ANSWER_LIMIT_MS = 5_000;

const logger = getLogger(["labdaemon", "http"]);

/**
 * Reads a certificate and its key.
 *
 * @throws {LabError} `InvalidRequest` for a file that cannot be read, and for two that do not belong together.
 */
async function readCertificate(paths: CertificatePaths, files = FILES): Promise<Certificate> {
  const [cert, key] = await Promise.all([read(files, "cert", paths.cert), read(files, "key", paths.key)]);
  try {
    files.check({ cert, key });
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

/**
 * Reads the certificate of a daemon that starts.
 *
 * @throws {LabError} as {@linkcode readCertificate}, and if the files are not read within 5 s.
 */
export async function firstCertificate(paths: CertificatePaths, files = FILES): Promise<Certificate> {
  try {
    return await deadline(readCertificate(paths, files), ANSWER_LIMIT_MS);
  } catch (cause) {
    if (!(cause instanceof DeadlineError)) throw cause;
    throw new LabError("InvalidRequest", `Cannot read ${noAnswer(paths)}`, { cause });
  }
}

function noAnswer({ cert, key }: CertificatePaths): string {
  return `tls.cert ${cert} and tls.key ${key}: no answer within ${
    ANSWER_LIMIT_MS / 1000
  } s; are they on a share that hangs?`;
}

async function read(files: CertificateFiles, name: string, path: string): Promise<string> {
  try {
    return await files.read(path);
  } catch (cause) {
    throw new LabError("InvalidRequest", `Cannot read tls.${name} ${path}: ${messageOf(cause)}`, { cause });
  }
}

/**
 * Calls `changed` with each new version of a certificate, until the signal aborts. A version that cannot be used, as while
 * its files are being replaced, is logged once, and tried again. While a share hangs, one look at it waits, and no more.
 */
export async function watchCertificate(
  paths: CertificatePaths,
  changed: (certificate: Certificate) => Promise<void>,
  signal: AbortSignal,
  files = FILES,
): Promise<void> {
  const marks = async () => {
    const found = Promise.all([files.mark(paths.cert), files.mark(paths.key)]);
    return (await answered(found, paths, signal)).join();
  };
  let used = await marks().catch(messageOf);
  let failed: string | undefined;
  while (!signal.aborted) {
    await delay(CHECK_MS, { signal }).catch(() => {});
    if (signal.aborted) return;
    // The marks first: a change while the files are read is then seen the next time.
    const found = await marks().catch(messageOf);
    if (signal.aborted) return;
    if (found === used) continue;
    try {
      const certificate = await answered(readCertificate(paths, files), paths, signal);
      used = found;
      await changed(certificate);
      logger.info("New connections use the new certificate in {cert}", { cert: paths.cert });
    } catch (error) {
      if (signal.aborted) return;
      if (found !== failed) logger.error("{error}; the certificate before it stays", { error: messageOf(error) });
      failed = found;
    }
  }
}

/** Waits for files without a limit, or until the signal aborts. Logs once that the wait is long. */
async function answered<T>(asked: Promise<T>, paths: CertificatePaths, signal: AbortSignal): Promise<T> {
  const timer = setTimeout(() => {
    logger.warn("Cannot look at {files}; the certificate in use stays", { files: noAnswer(paths) });
  }, ANSWER_LIMIT_MS);
  try {
    return await abortable(asked, signal);
  } finally {
    clearTimeout(timer);
  }
}
