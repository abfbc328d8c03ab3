/** Runs the tests of the Python package with the machine's python3. */
import { equal } from "node:assert/strict";
import { python, pythonTest } from "../support/python.ts";

await pythonTest("the tests of the Python package pass", async () => {
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
