import assert from "node:assert/strict";
import { LabError } from "../../lib/errors.ts";

/** The message of the `InvalidRequest` that is thrown. */
export function refusedMessage(attempt: () => unknown): string {
  try {
    attempt();
  } catch (error) {
    assert.ok(error instanceof LabError);
    assert.equal(error.code, "InvalidRequest");
    return error.message;
  }
  assert.fail("nothing was thrown");
}
