import { deadline, DeadlineError } from "../async/mod.ts";
import { LabError } from "../errors.ts";

/** The limit of a request that waits for the data folder, which may be on a share that hangs. */
const ANSWER_LIMIT_MS = 5_000;

/**
 * Waits for work on the data folder, with a limit.
 *
 * @param work Gets a signal that aborts when the caller no longer waits. The work begins no further step then.
 * @param attempt The beginning of the error's message.
 * @throws {LabError} `Unavailable`, if the work takes longer than 5 s.
 */
export async function answered<T>(work: (signal: AbortSignal) => Promise<T>, attempt: string): Promise<T> {
  const given = new AbortController();
  try {
    return await deadline(work(given.signal), ANSWER_LIMIT_MS);
  } catch (cause) {
    given.abort(cause);
    if (!(cause instanceof DeadlineError)) throw cause;
    const found = `the data folder does not answer within ${ANSWER_LIMIT_MS / 1000} s; is it on a share that hangs?`;
    throw new LabError("Unavailable", `${attempt}: ${found}`, { cause });
  }
}

/**
 * Waits for a change of the data folder, with the limit of {@linkcode answered}.
 *
 * @throws {LabError} `Unavailable`, also if the disk is full or cannot be written.
 */
export async function written<T>(work: (signal: AbortSignal) => Promise<T>, attempt: string): Promise<T> {
  try {
    return await answered(work, attempt);
  } catch (cause) {
    if (!isOfSystem(cause)) throw cause;
    throw new LabError("Unavailable", `${attempt}: ${cause.message}`, { cause });
  }
}

/** True for what the system has answered: `No space left on device (os error 28)`. */
function isOfSystem(error: unknown): error is Error {
  return error instanceof Error && /^E[A-Z]+$/.test(String((error as { code?: unknown }).code));
}
