/**
 * Calls `work` for each item, `many` calls at a time. After a failure no further call begins, and the promise rejects
 * with the first failure when the running calls have ended.
 *
 * @example
 * ```ts
 * import { severalAtATime } from "./several.ts";
 *
 * const squares: number[] = [];
 * await severalAtATime([1, 2, 3], 2, async (it) => void squares.push(await Promise.resolve(it * it)));
 * console.assert(squares.join() === "1,4,9");
 * ```
 */
export async function severalAtATime<Item>(
  items: Iterable<Item>,
  many: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const rest = [...items].values();
  const failures: unknown[] = [];
  const run = async () => {
    for (let next = rest.next(); !next.done && failures.length === 0; next = rest.next()) {
      await work(next.value).catch((error) => failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: many }, run));
  if (failures.length > 0) throw failures[0];
}
