/** The words about benches that are away, in the answers of a view. */
import type { UnansweredBench } from "../../../wire/pages/benches.ts";
import { clockTime } from "../../terminal/clock_time.ts";
import type { Outlet } from "../../terminal/outlet.ts";
import type { Cell } from "../../terminal/table.ts";

/** A state, or the last known one of a bench that is away, with since when. */
export function stateCell(state: Cell, staleSince: string | null | undefined): Cell {
  if (!staleSince) return state;
  const text = typeof state === "string" ? state : state.text;
  return { text: `away since ${clockTime(staleSince)}, was ${text}`, colour: "yellow" };
}

/** Says which benches are missing in the answer of a view. */
export async function printUnanswered(err: Outlet, answer: object): Promise<void> {
  const { unanswered = [] } = answer as { unanswered?: UnansweredBench[] };
  for (const { error } of unanswered) await err.print(`Not complete: ${error.message}`);
}
