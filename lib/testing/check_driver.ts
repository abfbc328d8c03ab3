import { AssertionError } from "node:assert/strict";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { DEFAULT_LIMITS } from "../device/policy.ts";
import { problemOf } from "./life.ts";
import { Blocked, failed, notApplicable, type Rule, type RuleResult } from "./rule.ts";
import { rules as connecting } from "./rules/connecting.ts";
import { rules as creating } from "./rules/creating.ts";
import { rules as declaring } from "./rules/declaration.ts";
import { rules as healing } from "./rules/healing.ts";
import { rules as leaving } from "./rules/leaving.ts";
import { rules as ownFunctions } from "./rules/own_functions.ts";
import { rules as streaming } from "./rules/streaming.ts";
import { type Instrument, type Patience, Trial } from "./trial.ts";

/** Every rule, in the order of a device's life. */
export const RULES: readonly Rule[] = [
  ...declaring,
  ...creating,
  ...connecting,
  ...streaming,
  ...ownFunctions,
  ...leaving,
  ...healing,
];

/** What a driver is checked with. */
export interface CheckDriverOptions {
  /** The params of its devices. */
  params?: Record<string, unknown>;
  /** The options of its runs. With a `sample_rate`, that rate is measured, and the double or the half of it. */
  options?: Record<string, unknown>;
  /** A fake instrument at the other end, which the suite may drop. Without one it is not tried. */
  instrument?: Instrument;
  /** How long things may take, in milliseconds: 10 s to connect, 5 s to stop and 10 s for a sample, if not given. */
  patience?: Partial<Patience>;
}

/**
 * Runs the conformance suite over a driver file: every rule of the driver contract, each in the driver's real process, with
 * the permissions that it asks for and no others. It connects, streams and disconnects; it calls no method.
 *
 * It never throws over what a driver does: that is a result.
 *
 * @example
 * ```ts
 * import { assertConforms, checkDriver } from "./check_driver.ts";
 *
 * const file = new URL("../../drivers/streaming_daq.ts", import.meta.url);
 * assertConforms(await checkDriver(file, { options: { sample_rate: 100 } }));
 * ```
 */
export async function checkDriver(
  file: string | URL,
  { params = {}, options = {}, instrument, patience }: CheckDriverOptions = {},
): Promise<RuleResult[]> {
  const { connectMs: connect, stopMs: stop } = DEFAULT_LIMITS;
  const trial = new Trial({
    file: file instanceof URL ? file : pathToFileURL(resolve(file)),
    params,
    options,
    instrument,
    patience: { connect, stop, sample: 10_000, ...patience },
  });
  const results: RuleResult[] = [];
  for (const { name, says, where, judge } of RULES) {
    const verdict = await Promise.try(judge, trial).catch((error) =>
      error instanceof Blocked ? notApplicable(error.message) : failed(problemOf(error))
    );
    results.push({ rule: name, says, ...verdict, where });
  }
  return results;
}

/**
 * Passes if no rule is broken.
 *
 * @throws {AssertionError} with every broken rule, why it is, and where it is written.
 */
export function assertConforms(results: RuleResult[]): void {
  const broken = results.filter(({ status }) => status === "failed");
  if (!broken.length) return;
  const told = broken.map(({ rule, says, why, where }) => `\n- ${rule}: ${why}\n  (${says}; see ${where})`);
  throw new AssertionError({ message: `The driver breaks ${broken.length} rules:${told.join("")}` });
}
