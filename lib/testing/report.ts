import type { RuleResult } from "./rule.ts";

const MARKS: Record<RuleResult["status"], string> = { passed: "ok  ", failed: "FAIL", "not applicable": "n/a " };

/** The results as a page to read: a line for each rule, and below a broken one what it says and where. */
export function report(driver: string, results: RuleResult[]): string {
  const width = Math.max(...results.map(({ rule }) => rule.length));
  const lines = results.flatMap(({ rule, status, why, says, where }) => [
    `${MARKS[status]}  ${rule.padEnd(width)}  ${why}`,
    ...(status === "failed" ? [says, `see ${where}`].map((text) => " ".repeat(width + 8) + text) : []),
  ]);
  const count = (status: RuleResult["status"]) => results.filter((result) => result.status === status).length;
  const total = `${driver}: ${count("passed")} passed, ${count("failed")} failed, ${
    count("not applicable")
  } not applicable`;
  return [...lines, "", total].join("\n");
}
