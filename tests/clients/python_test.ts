/** Runs the Python client's own suite, with whatever python3 this machine has. */
import { ok } from "node:assert/strict";

const root = new URL("../../", import.meta.url);
const missing = await whatPythonLacks();
// In CI a missing Python is a failure, not a reason to look away.
const skipped = missing !== undefined && Deno.env.get("CI") !== "true";
if (skipped) console.log(`Skipping the Python client's tests: ${missing}`);

Deno.test({
  name: "the Python client passes its own suite",
  ignore: skipped,
  async fn() {
    ok(missing === undefined, missing);
    const suite = ["-m", "unittest", "discover", "-s", "clients/python/tests", "-t", "clients/python"];
    // -B: no __pycache__ in the checkout; -W error: an unclosed socket is a failure.
    const { success, stderr } = await python("-B", "-W", "error", ...suite);
    ok(success, new TextDecoder().decode(stderr));
  },
});

async function whatPythonLacks(): Promise<string | undefined> {
  const advice = "install Python 3.8 or newer as python3 (Debian: apt-get install python3; others: python.org)";
  try {
    const { success } = await python("-c", "import sys; sys.exit(sys.version_info < (3, 8))");
    return success ? undefined : `python3 is too old; ${advice}`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return `there is no python3; ${advice}`;
    throw error;
  }
}

function python(...args: string[]): Promise<Deno.CommandOutput> {
  return new Deno.Command("python3", { args, cwd: root, stdin: "null" }).output();
}
