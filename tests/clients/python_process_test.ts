/** Runs the Python client's own suite, with whatever python3 this machine has. */
import { equal } from "node:assert/strict";
import { python, pythonTest } from "../support/python.ts";

await pythonTest("the Python client passes its own suite", async () => {
  const { code, stderr } = await python(
    "-m",
    "unittest",
    "discover",
    "-s",
    "python/tests",
    "-t",
    "python",
  );
  equal(code, 0, stderr);
});
