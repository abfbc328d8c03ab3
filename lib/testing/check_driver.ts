import { AssertionError } from "node:assert/strict";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { DEFAULT_LIMITS } from "../device/supervisor/settings.ts";
import { problemOf } from "./conformance/device_process.ts";
import { type CheckLimits, DriverUnderTest, type Instrument } from "./conformance/driver_under_test.ts";
import { isPython } from "../registry/files/list_imports.ts";
import { Blocked, failed, notApplicable, type Rule, type RuleResult } from "./conformance/rule.ts";
import { rules as connecting } from "./rules/connecting.ts";
import { rules as creating } from "./rules/creating.ts";
import { rules as declaration } from "./rules/declaration.ts";
import { rules as directRuns } from "./rules/direct_runs.ts";
import { rules as instrumentLoss } from "./rules/instrument_loss.ts";
import { rules as leftovers } from "./rules/leftovers.ts";
import { rules as streaming } from "./rules/streaming.ts";

/**
 * All rules of the conformance suite, in the order in which a device is used.
 *
 * @example
 * ```ts
 * import { RULES } from "labdaemon/testing";
 *
 * console.assert(RULES[0].name === "loads");
 * ```
 */
export const RULES: readonly Rule[] = [
  ...declaration,
  ...creating,
  ...connecting,
  ...streaming,
  ...directRuns,
  ...leftovers,
  ...instrumentLoss,
];

/** Documents the functions of a driver in Python. */
const PYTHON_PAGE = "docs/drivers-in-python.md";

/** The options of {@linkcode checkDriver}. */
export interface CheckDriverOptions {
  /** The params of the device. */
  params?: Record<string, unknown>;
  /** The options of the driver's runs. With a `sample_rate`, the suite measures that rate and its double or half. */
  options?: Record<string, unknown>;
  /** A fake instrument that the suite may drop. Without it the rule `survives-loss` is not applicable. */
  instrument?: Instrument;
  /** Time limits in milliseconds: by default 10 s to connect, 5 s to stop and 10 s for a sample. */
  limits?: Partial<CheckLimits>;
}

/**
 * Runs the conformance suite on a driver file: every rule of the driver contract, in the driver's own process, with the
 * permissions that the driver requests and no others. The suite connects, reads the properties, streams and
 * disconnects. It calls no method and sets no property.
 *
 * It does not throw when the driver fails; a failure is a result.
 *
 * @example
 * ```ts
 * import { assertConforms, checkDriver } from "labdaemon/testing";
 *
 * const file = new URL("../../drivers/streaming_daq.ts", import.meta.url);
 * assertConforms(await checkDriver(file, { options: { sample_rate: 100 } }));
 * ```
 */
export async function checkDriver(
  file: string | URL,
  { params = {}, options = {}, instrument, limits }: CheckDriverOptions = {},
): Promise<RuleResult[]> {
  const { connectMs, stopMs } = DEFAULT_LIMITS;
  await using driver = new DriverUnderTest({
    file: file instanceof URL ? file : pathToFileURL(resolve(file)),
    params,
    options,
    instrument,
    limits: { connectMs, stopMs, sampleMs: 10_000, ...limits },
  });
  const results: RuleResult[] = [];
  for (const rule of RULES) {
    const outcome = await Promise.try(() => rule.check(driver)).catch((error) =>
      error instanceof Blocked ? notApplicable(error.message) : failed(problemOf(error))
    );
    const result = { rule: rule.name, requirement: rule.requirement, ...outcome, reference: rule.reference };
    results.push(isPython(driver.input.file) ? inPython(result) : result);
  }
  return results;
}

/** The functions of a driver in Python have names of Python, and a page of their own. */
function inPython({ requirement, reason, ...rest }: RuleResult): RuleResult {
  const renamed = (text: string) =>
    text.replaceAll(/\b(start|stop|is)Streaming\b/g, (_, verb) => `${verb}_streaming`).replaceAll(
      /^create\b|\(create\b/g,
      (found) => found.replace("create", "its constructor"),
    );
  return { ...rest, requirement: renamed(requirement), reason: renamed(reason), reference: PYTHON_PAGE };
}

/**
 * Passes if no rule failed.
 *
 * @throws {AssertionError} with each failed rule, its reason, and the place that documents it.
 *
 * @example
 * ```ts
 * import { assertConforms } from "labdaemon/testing";
 *
 * assertConforms([{ rule: "stops", requirement: "…", status: "passed", reason: "2 runs", reference: "…" }]);
 * ```
 */
export function assertConforms(results: RuleResult[]): void {
  const broken = results.filter(({ status }) => status === "failed");
  if (!broken.length) return;
  const lines = broken.map(({ rule, requirement, reason, reference }) =>
    `\n- ${rule}: ${reason}\n  (${requirement}; see ${reference})`
  );
  throw new AssertionError({ message: `The driver breaks ${broken.length} rules:${lines.join("")}` });
}
