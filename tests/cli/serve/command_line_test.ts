import { deepEqual, throws } from "node:assert/strict";
import { readFlags, readValues, UsageError } from "../../../lib/cli/serve/command_line.ts";

const FLAGS = {
  port: { type: "string" },
  reload: { type: "boolean", default: true },
  watch: { type: "boolean" },
} as const;

/** What is said of a wrong command line. */
function refusal(...args: string[]): string {
  try {
    readFlags(args, FLAGS);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
  }
  throw new Error(`${args} was taken`);
}

Deno.test("a wrong command line is told with the flags as one writes them: --no-reload, not --reload", () => {
  deepEqual(
    refusal("--bogus"),
    "Cannot start: Unknown option '--bogus'. Flags are --port, --no-reload, --watch; --help says more",
  );
  for (const typo of ["--no-relaod", "--relaod"]) {
    deepEqual(refusal(typo).includes("; did you mean --no-reload? Flags are"), true, refusal(typo));
  }
});

Deno.test("what is on by itself is switched off by its --no- form", () => {
  deepEqual([readFlags([], FLAGS).reload, readFlags(["--no-reload"], FLAGS).reload], [true, false]);
});

Deno.test("a flag's wrong value is wrong usage", () => {
  throws(() =>
    readValues(() => {
      throw new Error("--port: expected a number");
    }), (error) => error instanceof UsageError && error.message === "--port: expected a number");
});
