/** What a supply has noted: when its output was on, and for whom. */
export interface SupplyNote {
  atMs: number;
  what: "on" | "off" | "safe";
  /** The owner and its turn; of `safe`, the reason. */
  by: string;
}

/** The notes of a supply's file, in their order. */
export function supplyNotes(text: string): SupplyNote[] {
  return text.split("\n").slice(0, -1).map((line) => {
    const [atMs, what, ...by] = line.split(" ");
    return { atMs: Number(atMs), what: what as SupplyNote["what"], by: by.join(" ") };
  });
}

/** A lease whose owner no longer answers for it, from a time on. */
export interface Disturbance {
  atMs: number;
  /** `killed`, `stopped`, `cut`. */
  how: string;
  owner: string;
}

/** The findings of {@linkcode judge}. */
export interface Findings {
  /** The turns of owners that the supply has seen. */
  turns: number;
  /** The ends by `safe`. */
  safe: number;
  /** Commands of an owner beside or behind those of another one, in words. */
  faults: string[];
  /** The time from each disturbance of an owner whose output was on until it was off or safe, in milliseconds. */
  unsafeMs: number[];
}

/** The reason by which a supply is safe, and its lease goes on. */
const DAEMON_ENDED = "the daemon has ended";

/** Looks at one supply: one owner at a time, none behind its end, and off or safe after each disturbance. */
export function judge(notes: readonly SupplyNote[], disturbances: readonly Disturbance[]): Findings {
  const findings: Findings = { turns: 0, safe: 0, faults: [], unsafeMs: [] };
  const ended = new Set<string>();
  let owner: string | undefined;
  for (const { what, by } of notes) {
    if (what === "safe") {
      findings.safe++;
      if (by === DAEMON_ENDED) continue;
      if (owner !== undefined) ended.add(owner);
      owner = undefined;
      continue;
    }
    if (ended.has(by)) findings.faults.push(`${what} of ${by} behind its end`);
    if (owner !== undefined && owner !== by) findings.faults.push(`${what} of ${by} while ${owner} has it`);
    if (owner === undefined) findings.turns++;
    owner = by;
    if (what === "on") continue;
    ended.add(by);
    owner = undefined;
  }
  for (const { atMs, owner } of disturbances) {
    const before = notes.findLast((note) => note.atMs <= atMs);
    if (before?.what !== "on" || !before.by.startsWith(`${owner}-`)) continue;
    const over = notes.find((note) => note.atMs > atMs && note.what !== "on");
    findings.unsafeMs.push((over?.atMs ?? Infinity) - atMs);
  }
  return findings;
}
