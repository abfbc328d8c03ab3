import type { Advice, Culprit } from "./advice.ts";

/** Something that is wrong on the bench. */
export interface Finding {
  /** The device, the driver file, or `daemon`. */
  subject: string;
  culprit: Culprit;
  /** The finding, in one line. */
  found: string;
  remedy: string;
}

/** The longest message. It leaves room for a command that installs a missing package. */
const MAX_CHARS = 500;

/** A finding, with its text on one line. */
export function finding(subject: string, text: string, { culprit, remedy }: Advice): Finding {
  const line = text.replace(/\s*\n\s*/g, " ");
  const found = line.length > MAX_CHARS ? `${line.slice(0, MAX_CHARS)}…` : line;
  return { subject, culprit, found, remedy };
}
