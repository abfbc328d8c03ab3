import type { RuleResult } from "./conformance/rule.ts";

const MARKS: Record<RuleResult["status"], string> = { passed: "ok  ", failed: "FAIL", "not applicable": "n/a " };

/**
 * The results as text: one line for each rule, and for a failed one also the rule and its place.
 *
 * @example
 * ```ts
 * import { report } from "labdaemon/testing";
 *
 * const result = { requirement: "…", status: "passed", reason: "2 runs", reference: "…" } as const;
 * const text = report("my_laser.ts", [{ rule: "stops", ...result }]);
 * console.assert(text.endsWith("my_laser.ts: 1 passed, 0 failed, 0 not applicable"));
 * ```
 */
export function report(driver: string, results: RuleResult[]): string {
  const width = Math.max(...results.map(({ rule }) => rule.length));
  const lines = results.flatMap(({ rule, status, reason, requirement, reference }) => [
    `${MARKS[status]}  ${rule.padEnd(width)}  ${reason}`,
    ...(status === "failed" ? [requirement, `see ${reference}`].map((text) => " ".repeat(width + 8) + text) : []),
  ]);
  const count = (status: RuleResult["status"]) => results.filter((result) => result.status === status).length;
  const total = `${driver}: ${count("passed")} passed, ${count("failed")} failed, ${
    count("not applicable")
  } not applicable`;
  return [...lines, "", total].join("\n");
}
