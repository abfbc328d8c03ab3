import type { Figures } from "./measure.ts";
import { median } from "./statistics.ts";

/** A program or configuration to compare, measured in each round. */
export interface Contender {
  name: string;
  run(): Promise<Figures>;
}

/** The figures of each contender in each round. */
export type Rounds = Map<string, Figures[]>;

/** Measures A B A B …: what disturbs the machine for a while disturbs all of them. */
export async function interleave(
  contenders: Contender[],
  rounds: number,
  progress: (line: string) => void,
): Promise<Rounds> {
  const all: Rounds = new Map(contenders.map(({ name }) => [name, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const { name, run } of contenders) {
      progress(`round ${round} of ${rounds}: ${name}`);
      all.get(name)!.push(await run());
    }
  }
  return all;
}

/** The median over the rounds of one figure of one contender. */
export function typical(rounds: Rounds, name: string, figure: (figures: Figures) => number): number {
  return median((rounds.get(name) ?? []).map(figure));
}

/** The median over the rounds of how many times `figure` of `name` is that of `other` in the same round. */
export function ratio(rounds: Rounds, name: string, other: string, figure: (figures: Figures) => number): number {
  const [own, others] = [rounds.get(name) ?? [], rounds.get(other) ?? []];
  return median(own.map((figures, i) => figure(figures) / figure(others[i])));
}

/** The sum over the rounds of one figure of one contender. */
export function total(rounds: Rounds, name: string, figure: (figures: Figures) => number): number {
  return (rounds.get(name) ?? []).reduce((sum, figures) => sum + figure(figures), 0);
}
