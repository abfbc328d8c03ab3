import { LabError } from "../../errors.ts";
import { inPlaceOrder, issueLine, type LocatedIssue } from "../../yaml/located_issues.ts";

/** Faults of a file that are shown. */
const MAX_SHOWN_ISSUES = 20;

/** The error of a file with faults: one line for each, with its place. */
export function refusal(file: string, found: LocatedIssue[]): LabError {
  const issues = inPlaceOrder(found);
  const shown = issues.slice(0, MAX_SHOWN_ISSUES);
  const lines = shown.map((issue) => issueLine(file, issue));
  const left = issues.length - shown.length;
  if (left > 0) lines.push(`and ${left} more`);
  const at = `${file}:${issues[0].line}`;
  return new LabError(
    "DriverError",
    lines.length === 1 ? `Cannot load ${lines[0]}` : [`Cannot load ${file}:`, ...lines].join("\n"),
    {
      type: "DriverLoadError",
      context: { file, at, issues: shown },
    },
  );
}

/**
 * A text with `---` gets an explanation: one file is one driver, because several drivers of one file would share one
 * version and one process.
 */
export function explained(issue: LocatedIssue): LocatedIssue {
  if (!issue.message.includes("one document")) return issue;
  return { ...issue, message: "expected one driver, found another after ---: write it to a file of its own" };
}
