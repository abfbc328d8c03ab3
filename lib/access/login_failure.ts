import { messageOf, shortened } from "../errors.ts";

/**
 * Why a log-in failed: the provider or the person `refused`; the attempt has `expired`; the person has `no_right` here; the
 * `provider` does not answer, or answers wrongly.
 */
const LOGIN_PROBLEMS = ["refused", "expired", "no_right", "provider"] as const;
/** The kind of a log-in's failure. */
export type LoginProblem = (typeof LOGIN_PROBLEMS)[number];

/** A log-in that failed. */
export class LoginFailure extends Error {
  override readonly name = "LoginFailure";
  readonly problem: LoginProblem;
  /** The person who tried to log in, if the provider named one. */
  readonly person: string | undefined;

  constructor(problem: LoginProblem, message: string, { person, cause }: { person?: string; cause?: unknown } = {}) {
    super(message, { cause });
    this.problem = problem;
    this.person = person;
  }

  /**
   * An error of a log-in as a failure. An error that the provider answered to the browser is a refusal by the provider.
   */
  static of(error: unknown): LoginFailure {
    if (error instanceof LoginFailure) return error;
    const { name, error: type, error_description: words, response, cause } = Object(error) as ProviderError;
    for (const answer of [response, cause]) {
      // The library leaves the body of an answer that it does not expect.
      if (answer instanceof Response && !answer.bodyUsed) void answer.body?.cancel();
    }
    const said = [type, words].filter((it) => typeof it === "string").map((it) => shortened(it as string, 200));
    const message = [messageOf(error), ...said].join(": ");
    return new LoginFailure(name === "AuthorizationResponseError" ? "refused" : "provider", message, { cause: error });
  }
}

/** The parts of the errors of `openid-client` that are of use. */
interface ProviderError {
  name?: unknown;
  error?: unknown;
  error_description?: unknown;
  response?: unknown;
  cause?: unknown;
}
