import type { Trial } from "./trial.ts";

/** What one rule found about a driver. */
export interface RuleResult {
  /** The rule's name: short, for programs. */
  rule: string;
  /** What it asks for, for people. */
  says: string;
  status: "passed" | "failed" | "not applicable";
  /** What was seen, or why nothing could be. */
  why: string;
  /** Where the rule is written. */
  where: string;
}

/** A rule that every driver keeps. */
export interface Rule {
  readonly name: string;
  readonly says: string;
  readonly where: string;
  /** Looks at what the trial saw. Throws {@linkcode Blocked} if there is nothing to see. */
  judge(trial: Trial): Verdict | Promise<Verdict>;
}

/** What a rule says in the end. */
export type Verdict = Pick<RuleResult, "status" | "why">;

export const passed = (why: string): Verdict => ({ status: "passed", why });
export const failed = (why: string): Verdict => ({ status: "failed", why });
export const notApplicable = (why: string): Verdict => ({ status: "not applicable", why });

/** There is nothing to see: most often because another rule is broken, and is told already. */
export class Blocked extends Error {
  override readonly name = "Blocked";
}
