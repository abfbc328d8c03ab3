import type { ReadMessage } from "./hub_reader.ts";

/** The result of {@linkcode checkMessages}. */
export interface FleetCheck {
  samples: number;
  /** The samples that a gap within a run counts, or that are missing without one. */
  lost: number;
  /** The same, by `bench/device/epoch`. */
  lostOf: Map<string, number>;
  double: number;
  /** Messages that a reader got twice, or not at all. */
  messageFaults: number;
  /** The runs of daemons, all benches together. */
  runs: number;
  /** The number behind the last sample, by `bench/device/epoch`. */
  ends: Map<string, number>;
}

/** Checks by their numbers what a reader has got of all benches: each sample once and in order. */
export function checkMessages(messages: readonly ReadMessage[]): FleetCheck {
  const check: FleetCheck = {
    samples: 0,
    lost: 0,
    double: 0,
    messageFaults: 0,
    runs: 0,
    ends: new Map(),
    lostOf: new Map(),
  };
  const lastSeq = new Map<string, number>();
  for (const { bench, seq, device, epoch, spans } of messages) {
    if (seq !== (lastSeq.get(bench) ?? seq - 1) + 1) check.messageFaults++;
    lastSeq.set(bench, seq);
    const key = `${bench}/${device}/${epoch}`;
    for (const [first, next] of spans) {
      const due = check.ends.get(key) ?? 0;
      if (first > due) check.lostOf.set(key, (check.lostOf.get(key) ?? 0) + first - due);
      if (first < due) check.double += Math.min(due, next) - first;
      check.samples += next - first;
      check.ends.set(key, Math.max(due, next));
    }
  }
  check.lost = check.lostOf.values().reduce((sum, lost) => sum + lost, 0);
  check.runs = new Set([...check.ends.keys()].map((key) => key.split("/").toSpliced(1, 1).join("/"))).size;
  return check;
}

/** The messages in the file of a reader. */
export async function readMessages(path: string): Promise<ReadMessage[]> {
  const text = await Deno.readTextFile(path);
  return text.slice(0, text.lastIndexOf("\n") + 1).split("\n").filter((line) => line !== "").map((line) =>
    JSON.parse(line)
  );
}
