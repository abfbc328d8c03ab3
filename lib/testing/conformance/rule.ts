import type { DriverUnderTest } from "./driver_under_test.ts";

/** The result of one rule for one driver. */
export interface RuleResult {
  /** The rule's name: short, for programs. */
  rule: string;
  /** The rule in a sentence. */
  says: string;
  status: "passed" | "failed" | "not applicable";
  /** The observation that led to the status, or the reason why there is none. */
  why: string;
  /** The file and the symbol that document the rule. */
  where: string;
}

/** One rule of the driver contract. */
export interface Rule {
  readonly name: string;
  readonly says: string;
  readonly where: string;
  /** Decides the rule. Throws {@linkcode Blocked} if the facts that it needs cannot be observed. */
  check(driver: DriverUnderTest): Outcome | Promise<Outcome>;
}

/** The part of a result that depends on the driver. */
export type Outcome = Pick<RuleResult, "status" | "why">;

export const passed = (why: string): Outcome => ({ status: "passed", why });
export const failed = (why: string): Outcome => ({ status: "failed", why });
export const notApplicable = (why: string): Outcome => ({ status: "not applicable", why });

/** The facts that a rule needs cannot be observed, most often because the driver broke another rule. */
export class Blocked extends Error {
  override readonly name = "Blocked";
}
