import type { DriverUnderTest } from "./driver_under_test.ts";

/** The result of one rule for one driver. */
export interface RuleResult {
  /** The rule's name: short, for programs. */
  rule: string;
  /** The rule in a sentence. */
  requirement: string;
  status: "passed" | "failed" | "not applicable";
  /** The observation that led to the status, or the reason why there is none. */
  reason: string;
  /** The file and the symbol that document the rule. */
  reference: string;
}

/** One rule of the driver contract. */
export interface Rule {
  readonly name: string;
  readonly requirement: string;
  readonly reference: string;
  /** Decides the rule. Throws {@linkcode Blocked} if the facts that it needs cannot be observed. */
  check(driver: DriverUnderTest): RuleOutcome | Promise<RuleOutcome>;
}

/** The part of a result that depends on the driver. */
export type RuleOutcome = Pick<RuleResult, "status" | "reason">;

/** The outcome of a rule that the driver keeps. */
export const passed = (reason: string): RuleOutcome => ({ status: "passed", reason });
/** The outcome of a rule that the driver breaks. */
export const failed = (reason: string): RuleOutcome => ({ status: "failed", reason });
/** The outcome of a rule that has nothing to check here. */
export const notApplicable = (reason: string): RuleOutcome => ({ status: "not applicable", reason });

/** The facts that a rule needs cannot be observed, most often because the driver broke another rule. */
export class Blocked extends Error {
  override readonly name = "Blocked";
}
