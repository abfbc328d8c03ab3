import { LabError } from "../errors.ts";

/** The advice when the machine gives no more, by the code of the system's error. */
const REMEDIES: Record<string, string> = {
  EMFILE: "the daemon has no file descriptor left; raise its limit (ulimit -n, LimitNOFILE), or close connections",
  ENFILE: "the machine has no file descriptor left; close programs, or raise fs.file-max",
  EAGAIN: "the machine starts no further process; raise the limit (ulimit -u, TasksMax), or remove devices",
  ENOMEM: "the machine has no memory left; remove devices, or close programs",
};

/**
 * The error `Unavailable` for a system's error that says that the machine gives no more descriptors, processes or memory;
 * `undefined` for any other.
 *
 * @param attempt The beginning of its message: `Cannot load laser.ts`.
 */
export function unavailable(thrown: unknown, attempt: string): LabError | undefined {
  const code = (thrown as { code?: unknown } | undefined)?.code;
  if (typeof code !== "string" || !Object.hasOwn(REMEDIES, code)) return undefined;
  return new LabError("Unavailable", `${attempt}: ${REMEDIES[code]}`, { context: { code }, cause: thrown });
}
