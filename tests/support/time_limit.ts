/**
 * Gives each test a limit: one that hangs fails, and the others go on. The tasks preload it.
 *
 * @module
 */

/** Far longer than any test takes: waits inside a test end sooner, with messages of their own. */
const timeout = 300_000;

/** Where Deno looks for a test's place. Without it, it would report this file. */
const LOCATION = Symbol.for("Deno.test.location");

const { test } = Deno;

/** The file whose tests are being declared, where it shares an isolate with others. */
let fileName = "";

/** Lets a file declare its tests, whose names begin with the file's. If it cannot, a test of that name fails. */
export async function ofFile(name: string, declare: () => Promise<unknown>): Promise<void> {
  fileName = name;
  try {
    await declare();
  } catch (error) {
    limited("the file loads", () => Promise.reject(error));
  } finally {
    fileName = "";
  }
}

type Run = (test: Deno.TestContext) => void | Promise<void>;
type Options = Partial<Deno.TestDefinition>;

/** `Deno.test`, with each of its signatures. */
function limited(first: string | Run | Options, second?: Run | Options, third?: Run): void {
  const run = [first, second, third].find((it) => typeof it === "function");
  const options = Object.assign({}, ...[first, second].filter((it) => typeof it === "object")) as Options;
  const fn = run ?? options.fn!;
  const own = typeof first === "string" ? first : options.name ?? fn.name;
  const name = fileName ? `${fileName}: ${own}` : own;
  const shown: Run = async (context) => {
    try {
      await fn(context);
    } catch (error) {
      throw withBoth(error);
    }
  };
  Object.assign(shown, { [LOCATION]: new Error().stack?.split("\n")[2]?.match(/file:.*:\d+:\d+/)?.[0] });
  test({ timeout, ...options, name, fn: shown });
}

/** Deno prints neither of the two errors in one that was suppressed during a disposal: this one has both. */
function withBoth(error: unknown): unknown {
  if (!(error instanceof SuppressedError)) return error;
  return new AggregateError(errorsIn(error), "a test has failed, and what it used did not end as it should");
}

/** The errors in their order. */
function errorsIn(error: unknown): unknown[] {
  return error instanceof SuppressedError ? [...errorsIn(error.suppressed), ...errorsIn(error.error)] : [error];
}

Object.assign(Deno, { test: Object.assign(limited, test) });
